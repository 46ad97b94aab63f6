import type { DatabaseSync } from 'node:sqlite'
import { storageError } from './errors.ts'

/** Pages of 4 KiB in the log that are not yet copied into the database before this happens outside a commit. */
const COPY_AFTER_PAGES = 1000

/** How long after a commit that deletes sealed bytes the log is emptied. Many deletions in a row share one emptying. */
const ERASE_AFTER_MS = 100

/** When a reader is using the log, how soon to try again. */
const RETRY_MS = 250

interface CheckpointRow {
  busy: number
  log: number
  checkpointed: number
}

/**
 * Moves the write-ahead log into the database file, on the writer thread and never between a commit and its result.
 *
 * This is the moment when deletion becomes real in the files: `secure_delete` zeros deleted content in pages, but the
 * log still holds the pages as they were. After a commit that deletes or replaces sealed bytes the log is copied and
 * cut to zero length within {@link ERASE_AFTER_MS}, or {@link RETRY_MS} after the last reader that needs it; when the
 * process dies before, at the next open. What neither can reach: blocks that the file system or drive has remapped,
 * backups, and now and then a stale copy in the unused part of a page that SQLite has rebalanced
 * (docs/decisions/0003-storage.md). Beyond recovery is therefore what a destroyed domain key generation sealed.
 */
export class Checkpointer {
  readonly #database: DatabaseSync
  readonly #busyTimeoutMs: number
  readonly #warn: (message: string) => void
  #timer: NodeJS.Timeout | undefined

  constructor(database: DatabaseSync, busyTimeoutMs: number, warn: (message: string) => void) {
    this.#database = database
    this.#busyTimeoutMs = busyTimeoutMs
    this.#warn = warn
  }

  /** Call once the results of a batch are out. */
  afterBatch(erased: boolean): void {
    if (erased) this.#eraseAfter(ERASE_AFTER_MS)
    this.#attempt(() => {
      const { log, checkpointed } = this.#checkpoint('NOOP')
      if (log - checkpointed > COPY_AFTER_PAGES) this.#checkpoint('PASSIVE')
    })
  }

  /** Empties the log now, and later again as long as a reader is in the way. */
  erase(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const busy = this.#attempt(() => this.#withoutWaiting(() => this.#checkpoint('TRUNCATE').busy)) ?? 1
    if (busy) this.#eraseAfter(RETRY_MS)
  }

  /** Empties the log if nobody reads it, and stops. */
  close(): void {
    this.erase()
    clearTimeout(this.#timer)
  }

  #eraseAfter(delayMs: number): void {
    this.#timer ??= setTimeout(() => this.erase(), delayMs)
  }

  #checkpoint(mode: 'NOOP' | 'PASSIVE' | 'TRUNCATE'): CheckpointRow {
    // SQLite documents these three columns; this build is pinned.
    return this.#database.prepare(`PRAGMA wal_checkpoint(${mode})`).get() as unknown as CheckpointRow
  }

  /** Commits must not queue behind a reader that holds the log, in this process or another. */
  #withoutWaiting<T>(work: () => T): T {
    this.#database.exec('PRAGMA busy_timeout = 0')
    try {
      return work()
    } finally {
      this.#database.exec(`PRAGMA busy_timeout = ${this.#busyTimeoutMs}`)
    }
  }

  /** Nothing that was acknowledged depends on a checkpoint, so a failure is reported and tried again. */
  #attempt<T>(work: () => T): T | undefined {
    try {
      return work()
    } catch (error) {
      const failure = storageError(error)
      if (failure.code !== 'busy') this.#warn(`The write-ahead log cannot be copied: ${failure.message}`)
      return undefined
    }
  }
}
