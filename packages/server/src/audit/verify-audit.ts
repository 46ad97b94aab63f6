import type { Records } from '../vault/records/records.ts'
import { StorageError } from '../vault/storage/storage-error.ts'
import type { LedgerReport, Journal } from '../vault/storage/journal.ts'
import { type HeadRow, HeadRows } from './head-rows.ts'
import { LossCheck } from './verify-losses.ts'
import { isSignedHeads, type KeptHeads, parseHeads } from './kept-heads.ts'
import { type Layout, layoutOf, listStreams } from './layout.ts'
import { readRecord } from './parse-line.ts'
import { type Pin, type Pins, readPins } from './pins.ts'
import type { AuditCrypto } from './ports.ts'
import { LineTooLongError, readLines } from './read-lines.ts'
import type { AuditRecord } from './record.ts'
import type { AuditProblem, AuditReport } from './report.ts'
import { checkIndex } from './verify-index.ts'
import { SequenceCheck } from './verify-sequences.ts'
import { finalPosition, type StreamCheckOptions, verifyStream, type Witnesses } from './verify-stream.ts'

/** What {@link verifyAudit} needs. */
export interface VerifyAuditOptions {
  /** The folder `audit` in the data folder. */
  folder: string
  /**
   * The key that signs heads, as 32 bytes, from a source that an attacker with write access to the folder cannot
   * change.
   */
  publicKey: Uint8Array
  crypto: AuditCrypto
  /** The database. Without it, nothing covers the end of the latest stream, nor streams without a successor. */
  database?: VerifiedDatabase
  /** A note of signHeads that was kept elsewhere: the log must extend it. */
  since?: string
}

export interface VerifiedDatabase {
  store: Journal
  records: Records
  /** The result of a very recent inspection. Without it a new one is made. */
  inspected?: LedgerReport
}

/** A service that bounds its outbox cannot have more entries in it. */
const MAX_OUTBOX_ENTRIES = 100_000

/**
 * Checks the whole log: every line against every signed head, and streams against the geneses that name them and
 * against the database. Reads each file once, in constant memory; a writer can be running. Changes nothing.
 */
export function verifyAudit(options: VerifyAuditOptions): Promise<AuditReport> {
  return new AuditCheck(options).run()
}

class AuditCheck {
  readonly #report: AuditReport = { streams: [], records: 0, unvouched: 0, problems: [], accepted: [] }
  readonly #options: VerifyAuditOptions
  readonly #table: HeadRows | undefined
  readonly #kept: KeptHeads | undefined
  readonly #losses = new LossCheck()

  constructor(options: VerifyAuditOptions) {
    const { database } = options
    this.#options = options
    this.#table = database && new HeadRows(database.records)
    this.#kept = this.#keptHeads()
  }

  async run(): Promise<AuditReport> {
    // The database first: the files can grow after that, but must contain everything that it knows.
    const sequences = await this.#sequences()
    await this.#inspectLedger()
    const { index, rows, settled } = (await this.#table?.snapshot()) ?? { rows: new Map(), settled: false }
    const { streams, strangers } = await listStreams(this.#options.folder)
    const allRows = await this.#withNewRows(rows, streams)
    const pins = await readPins(this.#options.folder, streams)
    for (const stream of streams) await this.#check(stream, this.#witnesses(stream, allRows, pins), sequences)
    this.#add(...missingStreams(streams, allRows, pins, this.#kept), ...forgedRows(allRows))
    if (this.#table !== undefined) {
      this.#add(...unknownStreams(streams, allRows))
      const streamsNow = await this.#table.count()
      if (settled) this.#add(...checkIndex({ index, rows, pins, streamsNow }))
    }
    for (const name of strangers) this.#add({ kind: 'unknown', stream: name, message: 'not a stream' })
    if (sequences !== undefined) await this.#checkSequences(sequences, streams, allRows, pins)
    return this.#losses.applied(this.#report)
  }

  #add(...problems: AuditProblem[]): void {
    this.#report.problems.push(...problems)
  }

  /** The heads of the note, if its signature is by the folder's key. */
  #keptHeads(): KeptHeads | undefined {
    const { since, publicKey, crypto } = this.#options
    const heads = since === undefined ? undefined : parseHeads(since)
    if (since === undefined || heads === undefined) return undefined
    const verify = crypto.verifier(publicKey)
    if (isSignedHeads(since, publicKey, { sha256: crypto.sha256, verify })) return heads
    this.#add({
      kind: 'changed',
      stream: 'head',
      message: 'the head that you kept is not signed by the key of this folder',
    })
    return undefined
  }

  /** `undefined` without a database, or if its ledger does not verify. */
  async #sequences(): Promise<SequenceCheck | undefined> {
    const { database } = this.#options
    const newest = database && (await this.#newestChange(database.store))
    if (database === undefined || newest === undefined) return undefined
    return new SequenceCheck({ newest, pending: await database.store.pendingAudit(MAX_OUTBOX_ENTRIES) })
  }

  /** Checks all rows of the database against its ledger. */
  async #inspectLedger(): Promise<void> {
    const { database } = this.#options
    const found = database?.inspected ?? (await database?.store.inspectLedger())
    for (const message of found?.problems ?? []) this.#add({ kind: 'database', stream: 'keyhold.db', message })
  }

  async #newestChange(store: Journal): Promise<number | undefined> {
    try {
      return (await store.ledger())?.sequence
    } catch (error) {
      if (!(error instanceof StorageError) || error.code !== 'tampered') throw error
      this.#add({ kind: 'database', stream: 'ledger', message: error.message })
      return undefined
    }
  }

  /** Adds the rows of streams that began after the others were read. */
  async #withNewRows(rows: Map<string, HeadRow>, streams: readonly string[]): Promise<Map<string, HeadRow>> {
    const all = new Map(rows)
    for (const stream of streams) {
      const row = all.has(stream) ? undefined : await this.#table?.get(stream)
      if (row !== undefined) all.set(stream, row)
    }
    return all
  }

  #witnesses(stream: string, rows: Map<string, HeadRow>, { pins }: Pins): Witnesses {
    const row = rows.get(stream)
    const kept = this.#kept?.streams.get(stream)
    return { ...(row && { row }), pins: pins.get(stream) ?? [], ...(kept && { kept }) }
  }

  async #check(stream: string, witnesses: Witnesses, sequences: SequenceCheck | undefined): Promise<void> {
    const { folder, crypto, publicKey } = this.#options
    const options: StreamCheckOptions = {
      sha256: crypto.sha256,
      verify: crypto.verifier(publicKey),
      publicKey: Buffer.from(publicKey).toString('base64'),
      visit: (record) => {
        sequences?.visit(record)
        this.#losses.visit(record)
      },
    }
    const layout = await layoutUpTo(folder, stream, witnesses)
    const found = await verifyStream(layout, witnesses, options)
    this.#report.streams.push(found.report)
    this.#report.records += found.report.records
    this.#report.unvouched += found.report.unvouched
    this.#add(...found.problems)
    for (const { damage } of witnesses.pins) {
      if (damage !== undefined) this.#add({ kind: 'damaged', stream, message: damage })
    }
    const isSound = this.#report.problems.every((problem) => problem.stream !== stream)
    await this.#losses.visitStream(layout, isSound ? undefined : found.end, crypto.sha256)
  }

  async #checkSequences(
    sequences: SequenceCheck,
    streams: readonly string[],
    rows: Map<string, HeadRow>,
    pins: Pins,
  ): Promise<void> {
    const newestNow = (await this.#options.database?.store.ledger())?.sequence ?? 0
    this.#report.accepted.push(...sequences.acceptedGaps())
    this.#add(...sequences.problems(newestNow))
    if (this.#kept !== undefined && this.#kept.sequence > newestNow) {
      const message = `the head that you kept counts ${this.#kept.sequence} changes, the database ${newestNow}`
      this.#add({ kind: 'database', stream: 'ledger', message })
    }
    if (!sequences.hasRepeated) return
    for (const stream of streams) {
      const layout = await layoutUpTo(this.#options.folder, stream, this.#witnesses(stream, rows, pins))
      await this.#compare(layout, sequences)
    }
  }

  /** Reads a stream again, for changes with the same number. */
  async #compare({ segments }: Layout, sequences: SequenceCheck): Promise<void> {
    for (const { path, end } of segments) {
      for await (const { sequence, eventId } of recordsIn(path, end)) {
        const problem = sequence === undefined ? undefined : sequences.compare({ sequence, eventId })
        if (problem !== undefined) this.#add(problem)
      }
    }
  }
}

/** The records in a file, up to a line that is too long: that was reported when the file was checked. */
async function* recordsIn(path: string, end: number): AsyncGenerator<AuditRecord> {
  try {
    for await (const lines of readLines(path, end)) yield* lines.flatMap(({ bytes }) => readRecord(bytes) ?? [])
  } catch (error) {
    if (!(error instanceof LineTooLongError)) throw error
  }
}

/** The stream's files, up to its known end. verify-tail.ts checks what follows. */
async function layoutUpTo(folder: string, stream: string, witnesses: Witnesses): Promise<Layout> {
  const final = finalPosition(witnesses)
  const layout = await layoutOf(folder, stream, final?.segment)
  const last = layout.segments.at(-1)
  if (last !== undefined && last.number === final?.segment) last.end = final.bytes
  return layout
}

function* missingStreams(
  streams: readonly string[],
  rows: Map<string, HeadRow>,
  { pins }: Pins,
  kept: KeptHeads | undefined,
): Generator<AuditProblem> {
  const present = new Set(streams)
  for (const stream of new Set([...rows.keys(), ...pins.keys(), ...(kept?.streams.keys() ?? [])])) {
    if (present.has(stream)) continue
    const named: Pin[] = pins.get(stream) ?? []
    const sizes = [rows.get(stream)?.head?.size, kept?.streams.get(stream)?.size, ...named.map((pin) => pin.end.size)]
    // A crash between announcing and beginning a stream leaves only a row of size 0.
    const lines = Math.max(0, ...sizes.filter((size) => size !== undefined))
    if (lines > 0) yield { kind: 'missing', stream, message: `the stream of ${lines} lines is missing` }
  }
}

function* unknownStreams(streams: readonly string[], rows: Map<string, HeadRow>): Generator<AuditProblem> {
  for (const stream of streams) {
    if (!rows.has(stream)) yield { kind: 'unknown', stream, message: 'the database has no row of the stream' }
  }
}

function* forgedRows(rows: Map<string, HeadRow>): Generator<AuditProblem> {
  for (const { stream, head } of rows.values()) {
    if (head === undefined) yield { kind: 'database', stream, message: 'its row in the database is not authentic' }
  }
}
