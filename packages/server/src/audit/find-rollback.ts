import type { Ledger, Journal } from '../vault/storage/journal.ts'
import type { Checkpoint } from './checkpoint.ts'
import type { FoundCheckpoint } from './checkpoint-file.ts'
import type { HeadRows } from './head-rows.ts'
import { type Layout, layoutOf, listStreams, type Segment } from './layout.ts'
import type { Position } from './lines.ts'
import type { AuditCrypto } from './ports.ts'
import { LineTooLongError, readLinesIfThere } from './read-lines.ts'
import { visitVouched } from './vouched-changes.ts'

/** A database that is behind what it once was, according to what is kept outside it. */
export interface Rollback {
  /** How far the database is. */
  found: Pick<Ledger, 'revision' | 'serial' | 'sequence'>
  /** How far it was once, at least. */
  least: { serial: number; sequence: number }
  /** What says so, as sentences. */
  reasons: string[]
}

/** What {@link findRollback} needs. */
export interface RollbackSearch {
  /** Folders with audit streams of this data folder: its own, and copies that survived elsewhere. */
  folders: readonly string[]
  rows: HeadRows
  store: Pick<Journal, 'ledger'>
  publicKey: Uint8Array
  crypto: AuditCrypto
  checkpoints: readonly { path: string; found: FoundCheckpoint }[]
}

/**
 * Compares the database with the audit streams and the checkpoints, all of which only the holder of the root can sign.
 * Returns `undefined` if none of them is ahead of it. Reads of each stream only what the database does not know, so nothing
 * but first lines after an orderly stop, and a second's records after a crash.
 */
export async function findRollback(search: RollbackSearch): Promise<Rollback | undefined> {
  const { store, checkpoints } = search
  const before = await store.ledger()
  if (before === undefined) return undefined // an older Keyhold wrote it
  const streams = await newestInStreams(search, before.sequence)
  // What other processes committed meanwhile was in the database before it was in a stream.
  const found = (await store.ledger()) ?? before
  const newer = checkpoints.flatMap(({ path, found: checkpoint }) =>
    typeof checkpoint !== 'string' && isAhead(checkpoint, found) ? [{ path, checkpoint }] : [],
  )
  const reasons = [
    ...streams
      .filter(({ sequence }) => sequence > found.sequence)
      .map(({ stream, sequence }) => `The audit stream ${stream} has change ${sequence}.`),
    ...newer.map(({ path, checkpoint }) => `${path} is of ${saysOf(checkpoint)}.`),
  ]
  if (reasons.length === 0) return undefined
  const sequences = [...streams.map(({ sequence }) => sequence), ...newer.map(({ checkpoint }) => checkpoint.sequence)]
  const least = {
    serial: Math.max(found.serial, ...newer.map(({ checkpoint }) => checkpoint.serial)),
    sequence: Math.max(found.sequence, ...sequences),
  }
  return { found, least, reasons }
}

function isAhead(checkpoint: Checkpoint, ledger: Ledger): boolean {
  return checkpoint.serial > ledger.serial || checkpoint.sequence > ledger.sequence
}

function saysOf({ sequence, serial, timeMs }: Checkpoint): string {
  return `change ${sequence}, transaction ${serial}, at ${new Date(timeMs).toISOString()}`
}

interface InStream {
  stream: string
  sequence: number
}

/** The newest change in each stream that has one above `sequence`, where a signed head covers it. */
async function newestInStreams({ folders, rows, ...rest }: RollbackSearch, sequence: number): Promise<InStream[]> {
  const known = new Map((await Array.fromAsync(rows.all())).map((row) => [row.stream, row]))
  const found: InStream[] = []
  for (const folder of folders) {
    for (const stream of (await listStreams(folder)).streams) {
      const head = known.get(stream)?.head
      // What was written after a stream that has a successor is in others.
      if (head?.successor !== undefined) continue
      const layout = await layoutOf(folder, stream)
      if (!(await mentionsNewer(layout, head, sequence))) continue
      found.push({ stream, sequence: await newestVouchedFor(layout, head, rest) })
    }
  }
  return found.filter((one) => one.sequence > sequence)
}

/** The number of a change is the last member of its record. */
const SEQUENCE = /"sequence":(\d{1,16})\}\}$/
const TAIL_BYTES = 40

/** Whether any line after the position has a newer change, also where no signed head covers it. */
async function mentionsNewer(layout: Layout, from: Position | undefined, sequence: number): Promise<boolean> {
  for (const segment of segmentsFrom(layout, from)) {
    const start = segment.number === from?.segment ? from.bytes : 0
    if (await segmentMentionsNewer(segment, start, sequence)) return true
  }
  return false
}

async function segmentMentionsNewer({ path, end }: Segment, start: number, sequence: number): Promise<boolean> {
  try {
    for await (const lines of readLinesIfThere(path, end, start)) {
      if (lines.some(({ bytes }) => sequenceOf(bytes) > sequence)) return true
    }
  } catch (error) {
    if (!(error instanceof LineTooLongError)) throw error
  }
  return false
}

function sequenceOf(line: Uint8Array): number {
  const tail = Buffer.from(line.buffer, line.byteOffset, line.byteLength).toString(
    'latin1',
    line.byteLength - TAIL_BYTES,
  )
  return Number(SEQUENCE.exec(tail)?.[1] ?? 0)
}

async function newestVouchedFor(
  layout: Layout,
  from: Position | undefined,
  by: Pick<RollbackSearch, 'publicKey' | 'crypto'>,
): Promise<number> {
  let newest = 0
  await visitVouched(segmentsFrom(layout, from), layout.stream, by, (_, sequence) => {
    newest = Math.max(newest, sequence)
  })
  return newest
}

function segmentsFrom({ segments }: Pick<Layout, 'segments'>, from: Position | undefined): Segment[] {
  return segments.filter(({ number }) => number >= (from?.segment ?? 0))
}
