import type { Hierarchy } from '../hierarchy/hierarchy.ts'
import type { Store } from '../storage/store.ts'
import { type HeadRow, HeadRows } from './head-rows.ts'
import { type Layout, layoutOf, listStreams } from './layout.ts'
import type { Predecessor } from './lines.ts'
import type { AuditCrypto } from './ports.ts'
import type { AuditProblem, AuditReport } from './report.ts'
import { finalPosition, type StreamCheckOptions, verifyStream, type Witnesses } from './verify-stream.ts'

export interface VerifyAuditOptions {
  /** The folder `audit` in the data folder. */
  folder: string
  /** The key that signs heads, as 32 bytes, from a source that whoever can write the folder cannot write. */
  publicKey: Uint8Array
  crypto: AuditCrypto
  /** What the database knows; without it nobody vouches for the latest stream's end, nor for streams without successor. */
  database?: { store: Store; hierarchy: Hierarchy }
}

/**
 * Checks the whole log: every line against every signed head, streams against the geneses that name them and against
 * the database. Reads each file once, in constant memory; a running writer is no hindrance. Changes nothing.
 */
export async function verifyAudit({ folder, publicKey, crypto, database }: VerifyAuditOptions): Promise<AuditReport> {
  const table = database === undefined ? undefined : new HeadRows(database.store, database.hierarchy)
  // The database first: the files may then have grown since, but must hold all that it knows.
  const rows = await readRows(table)
  const { streams, strangers } = await listStreams(folder)
  for (const stream of streams) await readNewRow(table, rows, stream)
  const pins = await readPins(folder, streams)

  const report: AuditReport = { streams: [], records: 0, unvouched: 0, problems: [] }
  const options = {
    sha256: crypto.sha256,
    verify: crypto.verifier(publicKey),
    publicKey: Buffer.from(publicKey).toString('base64'),
  }
  for (const stream of streams) {
    await check(folder, stream, { row: rows.get(stream), pins: pins.get(stream) ?? [] }, options, report)
  }
  report.problems.push(...missingStreams(streams, rows, pins), ...forgedRows(rows))
  if (table !== undefined) report.problems.push(...unknownStreams(streams, rows))
  for (const name of strangers) report.problems.push({ kind: 'unknown', stream: name, message: 'not a stream' })
  return report
}

async function check(
  folder: string,
  stream: string,
  witnesses: Witnesses,
  options: StreamCheckOptions,
  report: AuditReport,
): Promise<void> {
  const layout = await layoutUpTo(folder, stream, witnesses)
  const found = await verifyStream(layout, witnesses, options)
  report.streams.push(found.report)
  report.records += found.report.records
  report.unvouched += found.report.unvouched
  report.problems.push(...found.problems)
  for (const { damage } of witnesses.pins) {
    if (damage !== undefined) report.problems.push({ kind: 'damaged', stream, message: damage })
  }
}

/** The stream's files, up to where it is known to end: what follows is judged by verify-tail.ts. */
async function layoutUpTo(folder: string, stream: string, witnesses: Witnesses): Promise<Layout> {
  const final = finalPosition(witnesses)
  const layout = await layoutOf(folder, stream, final?.segment)
  const last = layout.segments.at(-1)
  if (last !== undefined && last.number === final?.segment) last.end = final.bytes
  return layout
}

async function readRows(table: HeadRows | undefined): Promise<Map<string, HeadRow>> {
  const rows = new Map<string, HeadRow>()
  for await (const row of table?.all() ?? []) rows.set(row.stream, row)
  return rows
}

/** Reads the row of a stream that began after the others were read. */
async function readNewRow(table: HeadRows | undefined, rows: Map<string, HeadRow>, stream: string): Promise<void> {
  if (table === undefined || rows.has(stream)) return
  const row = await table.get(stream)
  if (row !== undefined) rows.set(stream, row)
}

/** What the geneses say about the streams before them. Each genesis is verified with its own stream. */
async function readPins(folder: string, streams: readonly string[]): Promise<Map<string, Predecessor[]>> {
  const pins = new Map<string, Predecessor[]>()
  for (const stream of streams) {
    const { segments } = await layoutOf(folder, stream)
    for (const pin of segments[0]?.genesis?.predecessors ?? []) {
      pins.set(pin.stream, [...(pins.get(pin.stream) ?? []), pin])
    }
  }
  return pins
}

function* missingStreams(
  streams: readonly string[],
  rows: Map<string, HeadRow>,
  pins: Map<string, Predecessor[]>,
): Generator<AuditProblem> {
  const present = new Set(streams)
  for (const stream of new Set([...rows.keys(), ...pins.keys()])) {
    if (present.has(stream)) continue
    const sizes = [rows.get(stream)?.head?.size ?? 0, ...(pins.get(stream) ?? []).map((pin) => pin.end.size)]
    // A row of size 0 alone is what a crash leaves between announcing a stream and beginning it.
    const lines = Math.max(...sizes)
    if (lines > 0) yield { kind: 'missing', stream, message: `the stream of ${lines} lines is missing` }
  }
}

function* unknownStreams(streams: readonly string[], rows: Map<string, HeadRow>): Generator<AuditProblem> {
  for (const stream of streams) {
    if (!rows.has(stream)) yield { kind: 'unknown', stream, message: 'the database does not know the stream' }
  }
}

function* forgedRows(rows: Map<string, HeadRow>): Generator<AuditProblem> {
  for (const { stream, head } of rows.values()) {
    if (head === undefined) yield { kind: 'database', stream, message: 'its row in the database is not authentic' }
  }
}
