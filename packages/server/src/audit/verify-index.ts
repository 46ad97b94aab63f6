import type { HeadRow, IndexRow, StreamHead, StreamIndex } from './head-rows.ts'
import type { Pins } from './pins.ts'
import type { AuditProblem } from './report.ts'

/** The index and the heads at one moment, and the content of the geneses. */
export interface IndexedStreams {
  index: IndexRow | undefined
  rows: ReadonlyMap<string, HeadRow>
  pins: Pins
  /** The number of streams in the index after the files were read. */
  streamsNow: number | undefined
}

/**
 * Compares the database's rows about streams with each other and with the geneses. A removed row, or a restored older
 * one, contradicts what was written with it and after it.
 */
export function* checkIndex({ index: stored, rows, pins, streamsNow }: IndexedStreams): Generator<AuditProblem> {
  if (stored === undefined) yield* absence(rows, pins)
  else if (stored.index === undefined) yield ofIndex('the index of streams is not authentic')
  else yield* [...contradictions(stored.index, rows), ...remade(stored.index, pins)]
  yield* overtaken(pins, streamsNow)
  for (const { stream, head } of rows.values()) if (head !== undefined) yield* succession(stream, head, pins)
}

/** Only a folder that was written by an older Keyhold alone has streams and no index. */
function* absence(rows: ReadonlyMap<string, HeadRow>, { geneses }: Pins): Generator<AuditProblem> {
  const counted = [...geneses.values()].some(({ streams }) => streams !== undefined)
  if (counted || rows.size === 0) yield { kind: 'missing', stream: 'index', message: 'the index of streams is missing' }
}

function* contradictions({ streams, tips }: StreamIndex, rows: ReadonlyMap<string, HeadRow>): Generator<AuditProblem> {
  if (streams !== rows.size) yield ofIndex(`${streams} streams were begun, and the database has rows of ${rows.size}`)
  for (const [stream, size] of Object.entries(tips)) yield* ofTip(stream, size, rows.get(stream))
  for (const { stream, head } of rows.values()) {
    if (head === undefined || head.successor !== undefined || Object.hasOwn(tips, stream)) continue
    yield ofRow(stream, 'its row is an older one: the stream has a successor')
  }
}

function* ofTip(stream: string, size: number | null, row: HeadRow | undefined): Generator<AuditProblem> {
  if (row === undefined) yield { kind: 'missing', stream, message: 'its row in the database is missing' }
  const head = row?.head
  if (head === undefined) return // missing, or not authentic and reported as such
  if (head.successor !== undefined) yield ofRow(stream, 'the index is older than its row, which names a successor')
  else if (head.ended !== (size !== null) || (size !== null && head.size !== size)) {
    yield ofRow(stream, 'its row and the index do not agree on whether and where it ended')
  }
}

/**
 * Streams that count their predecessors began under an index. An index that was created later has replaced another one.
 */
function* remade({ made }: StreamIndex, { geneses }: Pins): Generator<AuditProblem> {
  const earlier = [...geneses.values()].filter(({ streams }) => streams !== undefined && streams <= made)
  if (earlier.length > 0)
    yield ofIndex(`the index of streams was removed: ${earlier.length} streams began under another`)
}

function* overtaken({ geneses }: Pins, streamsNow: number | undefined): Generator<AuditProblem> {
  if (streamsNow === undefined) return
  for (const [stream, { streams = 0 }] of geneses) {
    if (streams > streamsNow)
      yield ofRow(stream, `it began as one of ${streams} streams, and the index counts ${streamsNow}`)
  }
}

/** A row that names a successor was written after the successor's genesis, with its content. */
function* succession(stream: string, head: StreamHead, { pins, geneses }: Pins): Generator<AuditProblem> {
  const { successor } = head
  if (successor === undefined || !geneses.has(successor)) return // a stream that is gone is reported as missing
  const pin = pins.get(stream)?.find(({ by }) => by === successor)
  if (pin === undefined) yield ofRow(stream, `the stream ${successor} does not name it as its predecessor`)
  else if (pin.damage === undefined && (pin.end.size !== head.size || pin.end.root !== head.root)) {
    yield ofRow(stream, 'its row and its successor do not agree on where it ends')
  }
}

function ofIndex(message: string): AuditProblem {
  return { kind: 'database', stream: 'index', message }
}

function ofRow(stream: string, message: string): AuditProblem {
  return { kind: 'database', stream, message }
}
