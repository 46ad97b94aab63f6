import type { StreamKind } from './lines.ts'

/** The findings of verifyAudit. The log is intact if there are no problems. */
export interface AuditReport {
  streams: StreamReport[]
  /** Records that a signed head covers, in all streams. */
  records: number
  /** Complete records after the last signed head: of a batch in progress, or cut short by a crash. */
  unvouched: number
  problems: AuditProblem[]
  /** Problems that an operator accepted as losses of a power failure. */
  accepted: AuditProblem[]
}

/** The findings about one stream. */
export interface StreamReport {
  stream: string
  kind: StreamKind | 'unknown'
  records: number
  unvouched: number
  /** Bytes of an incomplete line at the end. */
  tornBytes: number
  /** Whether the stream is known to be complete. Otherwise its writer is running, or died and has no successor yet. */
  ended: boolean
  /** Segments up to this number were deleted on purpose; 0 if none were. */
  droppedThrough: number
}

/** One problem, and where it is. */
export interface AuditProblem {
  kind: ProblemKind
  stream: string
  segment?: number
  /** Byte offset in the segment: of the line, or of the head before which some line differs from what was signed. */
  offset?: number
  message: string
  /** The changes without a record. */
  changes?: ChangeRange
  /** A power failure can cause this at the level `write`, and an operator can accept it. */
  mayBeLoss?: true
  /** What remains after the last head of such a stream: its position and the hash of the bytes. */
  tail?: string
}

/** Numbers of changes, both ends included. */
export interface ChangeRange {
  first: number
  last: number
}

/**
 * `changed`: lines differ from what was signed. `truncated`: lines are missing at the end. `missing`: a stream or
 * segment is missing. `unknown`: an existing file is not covered by anything. `database`: the database's own row is
 * forged, or the database contradicts its ledger. `damaged`: the stream was already wrong when its successor began.
 * `malformed`: a signed line is not valid in the format.
 */
export type ProblemKind = 'malformed' | 'changed' | 'truncated' | 'missing' | 'unknown' | 'database' | 'damaged'
