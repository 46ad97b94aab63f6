import type { StreamKind } from './lines.ts'

/** What verifyAudit found. The log is sound when there are no problems. */
export interface AuditReport {
  streams: StreamReport[]
  /** Records that a signed head vouches for, in all streams. */
  records: number
  /** Complete records after the last signed head: of a batch under way, or cut short by a crash. */
  unvouched: number
  problems: AuditProblem[]
  /** What would be problems, had an operator not accepted that a power cut lost it. */
  accepted: AuditProblem[]
}

export interface StreamReport {
  stream: string
  kind: StreamKind | 'unknown'
  records: number
  unvouched: number
  /** Bytes of an incomplete line at the end. */
  tornBytes: number
  /** Whether anything says that the stream is complete; otherwise its writer runs, or died and has no successor yet. */
  ended: boolean
  /** Segments up to this number were deleted on purpose; 0 when none. */
  droppedThrough: number
}

export interface AuditProblem {
  kind: ProblemKind
  stream: string
  segment?: number
  /** Byte offset in the segment: of the line, or of the head before which some line is not what was signed. */
  offset?: number
  message: string
  /** The changes that have no record. */
  changes?: ChangeRange
  /** At the level `write` a power cut can do this: an operator may accept it. */
  mayBeLoss?: true
  /** What is left after the last head of such a stream: where that is, and the hash of the bytes. */
  tail?: string
}

/** Numbers of changes, both ends included. */
export interface ChangeRange {
  first: number
  last: number
}

/**
 * `changed`: lines are not what was signed. `truncated`: lines are gone from the end. `missing`: a stream or segment is
 * gone. `unknown`: nothing vouches for a file that is there. `database`: the database's own row is forged, or the
 * database contradicts its ledger. `damaged`:
 * the stream was already wrong when its successor began. `malformed`: a signed line is none that the format knows.
 */
export type ProblemKind = 'malformed' | 'changed' | 'truncated' | 'missing' | 'unknown' | 'database' | 'damaged'
