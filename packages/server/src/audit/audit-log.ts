import { dirname } from 'node:path'
import type { Records } from '../vault/records/records.ts'
import type { Clock } from '../platform/clock.ts'
import type { Logger } from '../platform/logger.ts'
import type { Random } from '../platform/random.ts'
import type { OutboxEntry, Journal } from '../vault/storage/journal.ts'
import { AuditStream, type StreamContext } from './audit-stream.ts'
import { type Auditor, AuditUnavailableError, type Durability, type UnauthenticatedFailure } from './auditor.ts'
import type { BacklogLimits } from './backlog.ts'
import { diskFiles, type FileLayer } from './file-layer.ts'
import { fileOwner } from './file-owner.ts'
import { findWrittenEvents } from './find-events.ts'
import type { QueueLimits } from './group-commit.ts'
import { HeadRows } from './head-rows.ts'
import { encodeCapped } from './cap-record.ts'
import type { StreamOwner } from './owner.ts'
import type { AuditCrypto, HeadSigner, Sha256 } from './ports.ts'
import { type DeadStream, surveyDeadStreams } from './predecessors.ts'
import type { AuditRecord } from './record.ts'
import { Refusals } from './refusals.ts'
import { probeFolder } from './probe-folder.ts'
import { Relay } from './relay.ts'
import type { SegmentLimits } from './stream-writer.ts'
import { succeed } from './succession.ts'
import { UnauthenticatedFailures } from './unauthenticated.ts'

/** What {@link openAuditLog} needs. */
export interface AuditLogOptions {
  /** The folder `audit` in the data folder. Created if missing. */
  folder: string
  store: Journal
  records: Records
  clock: Clock
  random: Random
  logger: Logger
  signer: HeadSigner
  crypto: AuditCrypto
  durability: Durability
  /** The disk by default; tests pass others. */
  files?: FileLayer
  /** Who writes which stream; files in the folder unless given. */
  owner?: StreamOwner
  limits?: Partial<AuditLimits>
}

/** The limits of queues and segments. */
export interface AuditLimits {
  queue: QueueLimits
  backlog: BacklogLimits
  requests: SegmentLimits
  /** For the stream that unauthenticated clients write to: its size is bounded. */
  unauthenticated: SegmentLimits
}

const MEBIBYTE = 1024 * 1024

const DEFAULT_LIMITS: AuditLimits = {
  queue: { records: 10_000, characters: 32 * MEBIBYTE },
  backlog: { characters: 16 * MEBIBYTE, ageMs: 10_000 },
  requests: { segmentBytes: 64 * MEBIBYTE },
  unauthenticated: { segmentBytes: 4 * MEBIBYTE, keepSegments: 4 },
}

/** A process that relays after each commit cannot have more entries in the outbox. */
const MAX_OUTBOX_ENTRIES = 100_000

/** How often the relay retries records whose change was answered while the stream could not be written. */
const RELAY_RETRY_MS = 1000

/** The audit log of this process, open for writing. */
export interface AuditLog extends Auditor {
  /** The stream that receives the records. */
  readonly stream: string
  /** Why records cannot be written at present, so that every request is refused; `undefined` otherwise. */
  readonly broken: string | undefined
  /** How much waits, and how much is written. */
  readonly load: AuditLoad
  /**
   * Why no change can be committed at present; `undefined` if one can. After a failed write this tries the disk, because
   * the stream tries it again only when a request comes.
   */
  refusal(): Promise<string | undefined>
}

/** How much waits in the audit log of this process, and how much it has written. */
export interface AuditLoad {
  /** Records and other lines that wait for the disk. */
  waitingLines: number
  /** For how long the oldest record has waited, in the queue of the stream or in the outbox of the database. */
  lagMs: number
  /** Records and other lines in the streams of this process, and their bytes. */
  writtenLines: number
  writtenBytes: number
}

/**
 * Begins this process's stream: names the streams of dead processes in its genesis, cuts their torn tails, and relays
 * the outbox into the stream. Rejects if the disk or the database fails.
 */
export async function openAuditLog(options: AuditLogOptions): Promise<AuditLog> {
  const { folder, store, records, crypto, signer } = options
  const files = options.files ?? diskFiles
  const limits = { ...DEFAULT_LIMITS, ...options.limits }
  const rows = new HeadRows(records)
  const verify = crypto.verifier(signer.publicKey)
  const owner = options.owner ?? fileOwner(folder, files)
  const context = { ...options, files, owner, rows, sha256: crypto.sha256, queue: limits.queue }

  await files.createFolder(folder)
  // Streams are durable in it, and the database will name them: its own name must not be lost either.
  await files.syncFolder(dirname(folder))
  const { rows: known, index } = await rows.snapshot()
  const survey = {
    folder,
    owner,
    rows: known,
    index: index?.index,
    sha256: crypto.sha256,
    verify,
    logger: options.logger,
  }
  const dead = await surveyDeadStreams(survey)
  const alreadyWritten = await findWrittenEvents(dead, await store.pendingAudit(MAX_OUTBOX_ENTRIES))
  const predecessors = dead.map((stream) => stream.predecessor)
  const stream = await AuditStream.begin(context, 'requests', limits.requests, predecessors)
  const log = new StreamedAuditLog(context, limits, stream, store, alreadyWritten)
  try {
    await takeOver(dead, log, context)
  } catch (error) {
    await log.close()
    throw error
  }
  return log
}

async function takeOver(dead: readonly DeadStream[], log: AuditLog, context: StreamContext): Promise<void> {
  await succeed(dead, { ...context, successor: log.stream })
  await log.relay()
}

class StreamedAuditLog implements AuditLog {
  readonly #stream: AuditStream
  readonly #sha256: Sha256
  readonly #relay: Relay
  readonly #stopRetrying: () => void
  readonly #refusals: Refusals
  readonly #failures: UnauthenticatedFailures
  readonly #beginFailureStream: () => Promise<AuditStream>
  readonly #probe: () => Promise<string | undefined>
  #failureStream: Promise<AuditStream> | undefined
  /** The same, once it has begun. */
  #openFailureStream: AuditStream | undefined

  constructor(
    context: StreamContext,
    limits: AuditLimits,
    stream: AuditStream,
    store: Journal,
    alreadyWritten: ReadonlySet<string>,
  ) {
    const { clock, logger, random, sha256 } = context
    this.#stream = stream
    this.#sha256 = sha256
    this.#relay = new Relay({
      ...context,
      store,
      write: (line) => stream.write(line),
      alreadyWritten,
      limits: limits.backlog,
    })
    this.#stopRetrying = clock.every(RELAY_RETRY_MS, () => void this.#relay.retry())
    this.#refusals = new Refusals({ record: (record) => this.record(record), clock, random, logger })
    this.#failures = new UnauthenticatedFailures({ write: (line) => this.#writeFailure(line), clock, logger })
    this.#probe = () => probeFolder(context)
    this.#beginFailureStream = () => AuditStream.begin(context, 'unauthenticated', limits.unauthenticated, [])
  }

  get stream(): string {
    return this.#stream.id
  }

  get broken(): string | undefined {
    return this.#stream.broken
  }

  get load(): AuditLoad {
    const [stream, failures] = [this.#stream, this.#openFailureStream]
    const { lines, ageMs } = stream.waiting
    return {
      waitingLines: lines + (failures?.waiting.lines ?? 0),
      lagMs: Math.max(ageMs, failures?.waiting.ageMs ?? 0, this.#relay.lagMs),
      writtenLines: stream.written.lines + (failures?.written.lines ?? 0),
      writtenBytes: stream.written.bytes + (failures?.written.bytes ?? 0),
    }
  }

  async refusal(): Promise<string | undefined> {
    try {
      this.requireRoom()
      return this.broken === undefined ? undefined : await this.#probe()
    } catch (error) {
      if (error instanceof AuditUnavailableError) return error.message
      throw error
    }
  }

  record(record: AuditRecord): Promise<void> {
    return this.#stream.write(this.encode(record))
  }

  recordRefused(record: AuditRecord): Promise<string> {
    return this.#refusals.record(record)
  }

  recordUnauthenticated(failure: UnauthenticatedFailure): Promise<void> {
    return this.#failures.count(failure)
  }

  encode(record: AuditRecord): string {
    return encodeCapped(record, this.#sha256)
  }

  requireRoom(): void {
    this.#relay.requireRoom()
    this.#stream.requireRoom()
  }

  setShared(isShared: boolean): void {
    this.#stream.setShared(isShared)
  }

  relay(entries: readonly OutboxEntry[] = []): Promise<void> {
    this.#relay.note(entries)
    return this.#relay.run()
  }

  async close(): Promise<void> {
    this.#stopRetrying()
    await this.#relay.retry()
    await this.#relay.settle()
    await this.#refusals.close()
    await this.#failures.close()
    const failureStream = await this.#failureStream?.catch(() => undefined)
    const closed = await Promise.allSettled([this.#stream.close(), failureStream?.close()])
    for (const result of closed) if (result.status === 'rejected') throw result.reason
  }

  /** Begins the stream of unauthenticated failures on the first of them. Most processes never need one. */
  async #writeFailure(line: string): Promise<void> {
    this.#failureStream ??= this.#beginFailureStream()
    try {
      this.#openFailureStream = await this.#failureStream
      await this.#openFailureStream.write(line)
    } catch (error) {
      await this.#failureStream?.catch(() => (this.#failureStream = undefined))
      throw error
    }
  }
}
