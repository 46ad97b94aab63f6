import { parseJson } from '@keyhold/protocol'
import type { AuditRecord } from './record.ts'
import {
  type Genesis,
  LINE_KINDS,
  type LineKind,
  MAX_PREDECESSORS,
  type Position,
  type SegmentOpening,
} from './lines.ts'

const START = /^\{"([a-z]{1,20})":/

/** The kind a line claims to be, from its first bytes. */
export function kindOf(line: Uint8Array): string | undefined {
  const start = Buffer.from(line.buffer, line.byteOffset, Math.min(line.byteLength, 24)).toString('latin1')
  return START.exec(start)?.[1]
}

/** The one member of a line, its shape not checked: `undefined` when the line is not `{"<kind>":{…}}` of this kind. */
function bodyOf(line: Uint8Array, kind: LineKind): Record<string, unknown> | undefined {
  if (kindOf(line) !== kind) return undefined
  try {
    // Not JSON.parse: it may misread names with escapes (nodejs/node#63785), and contexts have names that callers chose.
    const [body, ...others] = Object.values(parseJson(line) as object) as unknown[]
    return isObject(body) && others.length === 0 ? body : undefined
  } catch {
    return undefined
  }
}

/**
 * What a signed line must not be, in words, or `undefined`. A head's spelling is for head.ts. The writer makes no such
 * line: one that a head vouches for got past it.
 */
export function objectionTo(line: Uint8Array, isFirstOfSegment: boolean): string | undefined {
  const kind = kindOf(line)
  if (!isLineKind(kind)) return 'a line is not a JSON object of a known kind'
  if (!FORMS[kind](line)) return `a line is not a JSON object with the one member "${kind}", of its form`
  const opens = kind === 'genesis' || kind === 'segment'
  return opens === isFirstOfSegment ? undefined : OUT_OF_PLACE[opens ? 'opening' : 'other']
}

const OUT_OF_PLACE = {
  opening: 'a line that begins a segment stands within one',
  other: 'the first line of the segment does not begin one',
}

const FORMS: Record<LineKind, (line: Uint8Array) => boolean> = {
  genesis: (line) => readGenesis(line) !== undefined,
  segment: (line) => readSegmentOpening(line) !== undefined,
  record: (line) => readRecord(line) !== undefined,
  unauthenticated: (line) => isUnauthenticated(bodyOf(line, 'unauthenticated')),
  head: (line) => bodyOf(line, 'head') !== undefined,
  end: (line) => isCount(bodyOf(line, 'end')?.timeMs),
}

function isLineKind(kind: string | undefined): kind is LineKind {
  return (LINE_KINDS as readonly (string | undefined)[]).includes(kind)
}

function isUnauthenticated(body: Record<string, unknown> | undefined): boolean {
  return (
    body !== undefined &&
    [body.count, body.firstTimeMs, body.lastTimeMs].every(isCount) &&
    [body.code, body.firstSourceIp, body.lastSourceIp, body.requestId].every((text) => typeof text === 'string')
  )
}

export function textOf(line: Uint8Array): string {
  return Buffer.from(line.buffer, line.byteOffset, line.byteLength).toString('utf8')
}

export function readRecord(line: Uint8Array): AuditRecord | undefined {
  const body = bodyOf(line, 'record')
  return body !== undefined && typeof body.eventId === 'string' && typeof body.timeMs === 'number'
    ? (body as unknown as AuditRecord)
    : undefined
}

export function readGenesis(line: Uint8Array): Genesis | undefined {
  const body = bodyOf(line, 'genesis')
  if (body === undefined || body.version !== 1 || !Array.isArray(body.predecessors)) return undefined
  const valid =
    typeof body.stream === 'string' &&
    typeof body.publicKey === 'string' &&
    isCount(body.timeMs) &&
    isKindAndDurability(body) &&
    body.predecessors.length <= MAX_PREDECESSORS &&
    body.predecessors.every(isPredecessor)
  return valid ? (body as unknown as Genesis) : undefined
}

export function readSegmentOpening(line: Uint8Array): SegmentOpening | undefined {
  const body = bodyOf(line, 'segment')
  const valid =
    body !== undefined &&
    typeof body.stream === 'string' &&
    isCount(body.number) &&
    isKindAndDurability(body) &&
    isCount(body.timeMs) &&
    isCount(body.droppedThrough) &&
    (body.reason === 'full' || body.reason === 'failure') &&
    Array.isArray(body.peaks) &&
    body.peaks.every(isHash) &&
    isPosition(body.previous)
  return valid ? (body as unknown as SegmentOpening) : undefined
}

function isKindAndDurability({ kind, durability }: Record<string, unknown>): boolean {
  return (kind === 'requests' || kind === 'unauthenticated') && (durability === 'fsync' || durability === 'write')
}

function isPredecessor(value: unknown): boolean {
  return (
    isObject(value) &&
    typeof value.stream === 'string' &&
    isPosition(value.end) &&
    Array.isArray(value.cuts) &&
    value.cuts.every(isCut) &&
    (value.damage === undefined || typeof value.damage === 'string')
  )
}

function isCut(value: unknown): boolean {
  return (
    isObject(value) && isCount(value.segment) && isCount(value.offset) && isCount(value.bytes) && isHash(value.sha256)
  )
}

export function isPosition(value: unknown): value is Position {
  return isObject(value) && isCount(value.segment) && isCount(value.bytes) && isCount(value.size) && isHash(value.root)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function isHash(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value)
}
