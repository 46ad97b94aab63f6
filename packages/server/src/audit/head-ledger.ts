import type { Clock } from '../platform/clock.ts'
import type { Logger } from '../platform/logger.ts'
import type { HeadRows } from './head-rows.ts'
import type { Position, StreamKind } from './lines.ts'

const INTERVAL_MS = 1000

/**
 * Keeps a stream's row in the database at most a second behind its file. An attacker who removes records from the end
 * of the file must then also forge the row, which takes the root of trust.
 */
export class HeadLedger {
  readonly #options: HeadLedgerOptions
  readonly #stopTimer: () => void
  #version = 0
  #committed: Position | undefined
  #running: Promise<void> | undefined

  constructor(options: HeadLedgerOptions) {
    this.#options = options
    this.#stopTimer = options.clock.every(INTERVAL_MS, () => void this.#tick())
  }

  /** Commits the stream's position now. Rejects if the database fails. */
  async commit(ended = false): Promise<void> {
    await this.#running?.catch(() => undefined)
    const running = this.#put(ended).finally(() => (this.#running = undefined))
    this.#running = running
    return running
  }

  /** Stops the regular commits. */
  stop(): void {
    this.#stopTimer()
  }

  async #tick(): Promise<void> {
    const { position, logger, stream } = this.#options
    if (this.#running !== undefined || position() === this.#committed) return
    try {
      await this.commit()
    } catch (error) {
      // The next tick retries. Until then the file is more than a second ahead of the database.
      logger.warn('the head of an audit stream could not be written to the database: it is tried again', {
        stream,
        error,
      })
    }
  }

  async #put(ended: boolean): Promise<void> {
    const { rows, stream, kind, position, logger } = this.#options
    const reached = position()
    const head = { kind, ...reached, ended }
    if (!(await rows.put(stream, this.#version, head))) {
      // Either a commit whose outcome is unknown succeeded after all, or another process treated the stream as dead.
      logger.warn('the audit head in the database is not the one that this process wrote', { stream })
      this.#version = (await rows.get(stream))?.version ?? 0
      if (!(await rows.put(stream, this.#version, head))) throw new Error('the audit head keeps changing')
    }
    this.#version += 1
    this.#committed = reached
  }
}

/** What a {@link HeadLedger} needs. */
export interface HeadLedgerOptions {
  rows: HeadRows
  stream: string
  kind: StreamKind
  /** Where the stream durably ends. Returns the same object as long as nothing was added. */
  position: () => Position
  clock: Clock
  logger: Logger
}
