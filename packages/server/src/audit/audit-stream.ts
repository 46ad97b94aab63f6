import type { Clock } from '../platform/clock.ts'
import type { Logger } from '../platform/logger.ts'
import type { Random } from '../platform/random.ts'
import type { Durability } from './auditor.ts'
import type { FileLayer } from './file-layer.ts'
import { GroupCommit, type QueueLimits } from './group-commit.ts'
import { HeadLedger } from './head-ledger.ts'
import type { HeadRows } from './head-rows.ts'
import { encodeLine, type Predecessor, type StreamKind } from './lines.ts'
import type { StreamOwner } from './owner.ts'
import { streamFolder, unfinishedFolder } from './paths.ts'
import type { HeadSigner, Sha256 } from './ports.ts'
import { type SegmentLimits, StreamWriter } from './stream-writer.ts'

/** What all streams of one process share. */
export interface StreamContext {
  /** The audit folder. */
  folder: string
  files: FileLayer
  owner: StreamOwner
  rows: HeadRows
  clock: Clock
  random: Random
  logger: Logger
  signer: HeadSigner
  sha256: Sha256
  durability: Durability
  queue: QueueLimits
}

/** A stream that this process owns and writes. */
export class AuditStream {
  readonly id: string
  readonly #context: StreamContext
  readonly #writer: StreamWriter
  readonly #queue: GroupCommit
  readonly #ledger: HeadLedger

  private constructor(context: StreamContext, id: string, writer: StreamWriter, ledger: HeadLedger) {
    this.id = id
    this.#context = context
    this.#writer = writer
    this.#ledger = ledger
    const { clock, logger, queue } = context
    this.#queue = new GroupCommit({ write: (lines) => writer.write(lines), clock, logger, limits: queue })
  }

  /** Begins a stream. When it resolves, the genesis is durable and the database has a row of the stream. */
  static async begin(
    context: StreamContext,
    kind: StreamKind,
    limits: SegmentLimits,
    predecessors: Predecessor[],
  ): Promise<AuditStream> {
    const { folder, files, clock, logger, random, rows, signer, sha256, durability } = context
    const stream = random.uuid()
    const publicKey = Buffer.from(signer.publicKey).toString('base64')
    const writer = new StreamWriter({ folder, stream, kind, durability, files, clock, logger, signer, sha256, limits })
    const position = () => writer.position
    const ledger = new HeadLedger({ rows, stream, kind, position, clock, logger })
    try {
      // The row first: then a crash never leaves a folder without a row.
      await ledger.commit()
      const streams = await rows.count()
      await createFolder(stream, context)
      await writer.begin({ publicKey, ...(streams === undefined ? {} : { streams }), predecessors })
      await ledger.commit()
    } catch (error) {
      ledger.stop()
      throw error
    }
    return new AuditStream(context, stream, writer, ledger)
  }

  /** Why nothing can be written at present. */
  get broken(): string | undefined {
    return this.#queue.broken
  }

  /** What waits for the disk. */
  get waiting(): GroupCommit['waiting'] {
    return this.#queue.waiting
  }

  /** What is durable: the records with all other lines, and their bytes with those of the signed heads. */
  get written(): { lines: number; bytes: number } {
    return { lines: this.#writer.position.size, bytes: this.#writer.writtenBytes }
  }

  /** Sets whether several accounts send requests at present (see Auditor). */
  setShared(isShared: boolean): void {
    this.#queue.setShared(isShared)
  }

  /** Throws AuditUnavailableError when the stream cannot be written at present. */
  requireRoom(): void {
    this.#queue.requireRoom(0)
  }

  /** Like {@link GroupCommit.write}. */
  write(line: string): Promise<void> {
    return this.#queue.write(line)
  }

  /** Ends the stream. Rejects if the end could not be written. All resources are released in any case. */
  async close(): Promise<void> {
    const end = encodeLine('end', { timeMs: this.#context.clock.now() })
    const [written] = await Promise.allSettled([this.#queue.close(end)])
    const ended = written.status === 'fulfilled'
    this.#ledger.stop()
    const [, committed] = await Promise.allSettled([this.#writer.close(), this.#ledger.commit(ended)])
    if (ended) await this.#context.owner.release(this.id)
    for (const result of [written, committed]) if (result.status === 'rejected') throw result.reason
  }
}

/** Makes the stream's folder under another name, so that it never exists without its owner. */
async function createFolder(stream: string, { folder, files, owner }: StreamContext): Promise<void> {
  await files.createFolder(unfinishedFolder(folder, stream))
  await owner.claim(stream)
  await files.rename(unfinishedFolder(folder, stream), streamFolder(folder, stream))
  await files.syncFolder(folder)
}
