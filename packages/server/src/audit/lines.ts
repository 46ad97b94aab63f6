import type { AuditRecord } from './record.ts'

/**
 * The kinds of lines in a segment. A line is `{"<kind>":{…}}`: JSON, so that any tool can read it, with the kind first,
 * so that this code can find records without parsing. All lines except heads (head.ts) are leaves of the stream's tree.
 */
export const LINE_KINDS = ['genesis', 'segment', 'record', 'unauthenticated', 'unverified', 'head', 'end'] as const
/** The kind of a line. */
export type LineKind = (typeof LINE_KINDS)[number]

/** The maximum length of a line in bytes: a request of 1 MiB with every character escaped, and a margin. */
export const MAX_LINE_BYTES = 8 * 1024 * 1024

/** The purpose of a stream. Unauthenticated failures have their own stream, whose old segments can be dropped. */
export type StreamKind = 'requests' | 'unauthenticated'

/** A position in a stream directly after a head, and the content of that head. */
export interface Position {
  segment: number
  /** Bytes of that segment up to and including the head's newline. */
  bytes: number
  size: number
  /** Hex. */
  root: string
}

/** The maximum number of predecessors in a genesis, which is one line. More wait for the next start. */
export const MAX_PREDECESSORS = 1000

/** The first line of a stream. */
export interface Genesis {
  version: 1
  stream: string
  kind: StreamKind
  /** The 32-byte Ed25519 key that signs the heads, in base64. */
  publicKey: string
  /** Whether every head was followed by fdatasync before it was relied on. */
  durability: 'fsync' | 'write'
  timeMs: number
  /** How many streams had been begun in this data folder, including this one. Absent in streams of version 0.1. */
  streams?: number
  predecessors: Predecessor[]
}

/** A stream that had ended, or whose writer had died, when this one began, with its final end. */
export interface Predecessor {
  stream: string
  /** The last valid head. */
  end: Position
  /**
   * What is cut off after `end`: bytes of a batch that was never acknowledged. Recorded here before anything is cut.
   */
  cuts: Cut[]
  /** What is wrong with the stream. Nothing is cut from a damaged stream. */
  damage?: string
}

/** Bytes removed from the end of one segment. */
export interface Cut {
  segment: number
  offset: number
  bytes: number
  /** The hash of the removed bytes, in hex. */
  sha256: string
}

/** The first line of every segment except a stream's first. States where the previous segment ends. */
export interface SegmentOpening {
  stream: string
  /** As in the genesis, whose segment can have been dropped. */
  kind: StreamKind
  durability: 'fsync' | 'write'
  number: number
  timeMs: number
  /** `failure`: a write to the previous segment failed, and its bytes after `previous.bytes` do not count. */
  reason: 'full' | 'failure'
  previous: Position
  /** The peaks of the tree at `previous`, in hex, largest first: a reader can start here. */
  peaks: string[]
  /** Segments up to this number were deleted on purpose; 0 if none were. */
  droppedThrough: number
}

/** Several requests that failed before authentication, as one line. */
export interface UnauthenticatedLine {
  code: string
  count: number
  firstTimeMs: number
  lastTimeMs: number
  firstSourceIp: string
  lastSourceIp: string
  /** The id of the last of these requests. */
  requestId: string
}

/** An outbox entry that the relay did not accept as a record: evidence of what was found, without its text. */
export interface UnverifiedLine {
  timeMs: number
  /** As found, truncated to 128 characters. */
  eventId: string
  /** As found. */
  sequence: number
  reason: 'not authentic' | 'not a record'
  /** The size of its text in UTF-8. */
  bytes: number
  sha256: string
}

interface LineBodies {
  genesis: Genesis
  segment: SegmentOpening
  record: AuditRecord
  unauthenticated: UnauthenticatedLine
  unverified: UnverifiedLine
  end: { timeMs: number }
}

/** Encodes a line without its newline. */
export function encodeLine<K extends keyof LineBodies>(kind: K, body: LineBodies[K]): string {
  const text = JSON.stringify(body)
  return `{"${kind}":${text.includes(LONE_SURROGATE) ? JSON.stringify(body, wellFormed) : text}}`
}

/** JSON.stringify escapes lone surrogates in this way. Strict readers refuse them, and they carry no meaning. */
const LONE_SURROGATE = '\\ud'

function wellFormed(_name: string, value: unknown): unknown {
  return typeof value === 'string' ? value.toWellFormed() : value
}
