import { parseJson } from '@keyhold/protocol'
import type { AuditRecord } from './record.ts'
import {
  type Genesis,
  LINE_KINDS,
  type LineKind,
  MAX_PREDECESSORS,
  type Position,
  type SegmentOpening,
  type UnverifiedLine,
} from './lines.ts'

const START = /^\{"([a-z]{1,20})":/

/** Returns the kind that a line claims in its first bytes. */
export function kindOf(line: Uint8Array): string | undefined {
  const start = Buffer.from(line.buffer, line.byteOffset, Math.min(line.byteLength, 24)).toString('latin1')
  return START.exec(start)?.[1]
}

/**
 * Returns the single member of a line without checking its structure, or `undefined` if the line is not
 * `{"<kind>":{…}}` of this kind.
 */
function bodyOf(line: Uint8Array, kind: LineKind): Record<string, unknown> | undefined {
  if (kindOf(line) !== kind) return undefined
  try {
    // Not JSON.parse: it can misread names with escapes (nodejs/node#63785), and callers choose the names in contexts.
    const [body, ...others] = Object.values(parseJson(line) as object) as unknown[]
    return isObject(body) && others.length === 0 ? body : undefined
  } catch {
    return undefined
  }
}

/** The result of {@link examineLine}. */
export interface ExaminedLine {
  kind: LineKind
  body: unknown
}

/**
 * Returns the kind and body of a line that the format allows at its place, or the reason why it does not. head.ts
 * checks the encoding of heads. The writer writes no invalid line: if a head vouches for one, an attacker got it past
 * the writer.
 */
export function examineLine(line: Uint8Array, isFirstOfSegment: boolean): ExaminedLine | string {
  const kind = kindOf(line)
  if (!isLineKind(kind)) return 'a line is not a JSON object of a known kind'
  const body = FORMS[kind](line)
  if (body === undefined) return `a line is not a JSON object with the one member "${kind}", of its form`
  const opens = kind === 'genesis' || kind === 'segment'
  return opens === isFirstOfSegment ? { kind, body } : OUT_OF_PLACE[opens ? 'opening' : 'other']
}

const OUT_OF_PLACE = {
  opening: 'a line that begins a segment is in the middle of one',
  other: 'the first line of the segment does not begin a segment',
}

const FORMS: Record<LineKind, (line: Uint8Array) => object | undefined> = {
  genesis: readGenesis,
  segment: readSegmentOpening,
  record: readRecord,
  unauthenticated: readUnauthenticated,
  unverified: readUnverified,
  head: (line) => bodyOf(line, 'head'),
  end: readEnd,
}

function isLineKind(kind: string | undefined): kind is LineKind {
  return (LINE_KINDS as readonly (string | undefined)[]).includes(kind)
}

function readUnauthenticated(line: Uint8Array): object | undefined {
  const body = bodyOf(line, 'unauthenticated')
  const valid =
    body !== undefined &&
    [body.count, body.firstTimeMs, body.lastTimeMs].every(isCount) &&
    [body.code, body.firstSourceIp, body.lastSourceIp, body.requestId].every((text) => typeof text === 'string')
  return valid ? body : undefined
}

function readEnd(line: Uint8Array): object | undefined {
  const body = bodyOf(line, 'end')
  return isCount(body?.timeMs) ? body : undefined
}

/** The text of a line. */
export function textOf(line: Uint8Array): string {
  return Buffer.from(line.buffer, line.byteOffset, line.byteLength).toString('utf8')
}

/** Parses a record, or returns `undefined`. */
export function readRecord(line: Uint8Array): AuditRecord | undefined {
  const body = bodyOf(line, 'record')
  const sequenced = body?.sequence === undefined || isCount(body.sequence)
  return body !== undefined && typeof body.eventId === 'string' && typeof body.timeMs === 'number' && sequenced
    ? (body as unknown as AuditRecord)
    : undefined
}

function readUnverified(line: Uint8Array): UnverifiedLine | undefined {
  const body = bodyOf(line, 'unverified')
  const valid =
    body !== undefined &&
    typeof body.eventId === 'string' &&
    (body.reason === 'not authentic' || body.reason === 'not a record') &&
    [body.timeMs, body.bytes].every(isCount) &&
    Number.isSafeInteger(body.sequence) &&
    isHash(body.sha256)
  return valid ? (body as unknown as UnverifiedLine) : undefined
}

/** Returns whether a text in the outbox is one record as the service commits it, without a sequence of its own. */
export function isRecordOfForm(line: Uint8Array): boolean {
  const record = readRecord(line)
  return record !== undefined && record.sequence === undefined
}

/** Parses a genesis, or returns `undefined`. */
export function readGenesis(line: Uint8Array): Genesis | undefined {
  const body = bodyOf(line, 'genesis')
  if (body === undefined || body.version !== 1 || !Array.isArray(body.predecessors)) return undefined
  const valid =
    typeof body.stream === 'string' &&
    typeof body.publicKey === 'string' &&
    isCount(body.timeMs) &&
    (body.streams === undefined || isCount(body.streams)) &&
    isKindAndDurability(body) &&
    body.predecessors.length <= MAX_PREDECESSORS &&
    body.predecessors.every(isPredecessor)
  return valid ? (body as unknown as Genesis) : undefined
}

/** Parses a segment opening, or returns `undefined`. */
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

/** Returns whether a value is a {@link Position}. */
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
