import type { AuditRecord } from './record.ts'

/**
 * The lines of a segment, each `{"<kind>":{…}}`: JSON, so that any tool reads them; the kind first, so that ours need
 * not parse to tell records from the rest. All but heads (head.ts) are leaves of the stream's tree.
 */
export const LINE_KINDS = ['genesis', 'segment', 'record', 'unauthenticated', 'unverified', 'head', 'end'] as const
export type LineKind = (typeof LINE_KINDS)[number]

/** The longest line read or written, in bytes: a request of 1 MiB with every character escaped, and room. */
export const MAX_LINE_BYTES = 8 * 1024 * 1024

/** What a stream is for. Unauthenticated failures have their own, whose old segments may be dropped. */
export type StreamKind = 'requests' | 'unauthenticated'

/** A place in a stream right after a head, and what that head says. */
export interface Position {
  segment: number
  /** Bytes of that segment up to and with the head's newline. */
  bytes: number
  size: number
  /** Hex. */
  root: string
}

/** The most predecessors in a genesis, which is one line; more wait for the next start. */
export const MAX_PREDECESSORS = 1000

/** The first line of a stream. */
export interface Genesis {
  version: 1
  stream: string
  kind: StreamKind
  /** The 32-byte Ed25519 key that signs the heads, in base64. */
  publicKey: string
  /** Whether every head was followed by fdatasync before anybody relied on it. */
  durability: 'fsync' | 'write'
  timeMs: number
  /** How many streams had been begun in this data folder, with this one. Absent in streams of version 0.1. */
  streams?: number
  predecessors: Predecessor[]
}

/** A stream that had ended, or whose writer had died, when this one began: where it ends for good. */
export interface Predecessor {
  stream: string
  /** The last head that holds. */
  end: Position
  /** What is cut off after `end`: bytes of a batch that was never acknowledged. Written here before anything is cut. */
  cuts: Cut[]
  /** Why the stream is not what it should be, in words. Nothing is cut from such a stream. */
  damage?: string
}

/** Bytes removed from the end of one segment. */
export interface Cut {
  segment: number
  offset: number
  bytes: number
  /** Of the bytes removed, in hex. */
  sha256: string
}

/** The first line of every segment but a stream's first: says where the one before ends. */
export interface SegmentOpening {
  stream: string
  /** As in the genesis, which may have been dropped. */
  kind: StreamKind
  durability: 'fsync' | 'write'
  number: number
  timeMs: number
  /** `failure`: writing the one before failed, and its bytes after `previous.bytes` count for nothing. */
  reason: 'full' | 'failure'
  previous: Position
  /** The peaks of the tree at `previous`, in hex, largest first: a reader may begin here. */
  peaks: string[]
  /** Segments up to this number have been deleted on purpose; 0 when none. */
  droppedThrough: number
}

/** Requests that failed before authentication, as one line. */
export interface UnauthenticatedLine {
  code: string
  count: number
  firstTimeMs: number
  lastTimeMs: number
  firstSourceIp: string
  lastSourceIp: string
  /** Of the last of them. */
  requestId: string
}

/** An entry of the outbox that the relay did not take for a record: evidence of what was found, not its text. */
export interface UnverifiedLine {
  timeMs: number
  /** As found, cut to 128 characters. */
  eventId: string
  /** As found. */
  sequence: number
  reason: 'not authentic' | 'not a record'
  /** Of its text in UTF-8. */
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

export function encodeLine<K extends keyof LineBodies>(kind: K, body: LineBodies[K]): string {
  const text = JSON.stringify(body)
  return `{"${kind}":${text.includes(LONE_SURROGATE) ? JSON.stringify(body, wellFormed) : text}}`
}

/** JSON.stringify escapes lone surrogates so; strict readers refuse them, and they say nothing. */
const LONE_SURROGATE = '\\ud'

function wellFormed(_name: string, value: unknown): unknown {
  return typeof value === 'string' ? value.toWellFormed() : value
}
