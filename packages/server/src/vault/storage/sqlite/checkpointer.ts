import type { DatabaseSync } from 'node:sqlite'
import { storageError } from './errors.ts'

/**
 * How many pages of 4 KiB in the log can wait to be copied into the database, before they are copied outside a commit.
 */
const COPY_AFTER_PAGES = 1000

/**
 * How long after a commit that deletes sealed bytes the log is emptied. Several deletions in a row share one emptying.
 */
const ERASE_AFTER_MS = 100

/** How soon to retry if a reader is using the log. */
const RETRY_MS = 250

interface CheckpointRow {
  busy: number
  log: number
  checkpointed: number
}

/**
 * Copies the write-ahead log into the database file, on the writer thread and never between a commit and its result.
 *
 * This is when deletion takes effect in the files: `secure_delete` zeros deleted content in pages, but the log still
 * contains the old pages. After a commit that deletes or replaces sealed bytes, the log is copied and truncated within
 * {@link ERASE_AFTER_MS}, or {@link RETRY_MS} after the last reader that needs it; if the process ends before that, at
 * the next open. What neither can reach: blocks that the file system or drive has remapped, backups, and sometimes a
 * stale copy in the unused part of a page that SQLite has rebalanced (docs/decisions/0003-storage.md). Therefore only
 * what a destroyed domain key generation sealed is certainly unrecoverable.
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

  /** Call it after the results of a batch are sent. */
  afterBatch(erased: boolean): void {
    if (erased) this.#eraseAfter(ERASE_AFTER_MS)
    this.#attempt(() => {
      const { log, checkpointed } = this.#checkpoint('NOOP')
      if (log - checkpointed > COPY_AFTER_PAGES) this.#checkpoint('PASSIVE')
    })
  }

  /** Empties the log now, and retries while a reader uses it. */
  erase(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const busy = this.#attempt(() => this.#withoutWaiting(() => this.#checkpoint('TRUNCATE').busy)) ?? 1
    if (busy) this.#eraseAfter(RETRY_MS)
  }

  /** Empties the log if no reader uses it, and stops. */
  close(): void {
    this.erase()
    clearTimeout(this.#timer)
  }

  #eraseAfter(delayMs: number): void {
    this.#timer ??= setTimeout(() => this.erase(), delayMs)
  }

  #checkpoint(mode: 'NOOP' | 'PASSIVE' | 'TRUNCATE'): CheckpointRow {
    // SQLite documents these three columns, and its version is pinned.
    return this.#database.prepare(`PRAGMA wal_checkpoint(${mode})`).get() as unknown as CheckpointRow
  }

  /** Commits must not wait for a reader that uses the log, in this process or another. */
  #withoutWaiting<T>(work: () => T): T {
    this.#database.exec('PRAGMA busy_timeout = 0')
    try {
      return work()
    } finally {
      this.#database.exec(`PRAGMA busy_timeout = ${this.#busyTimeoutMs}`)
    }
  }

  /** Nothing that was acknowledged depends on a checkpoint, so a failure is reported and retried. */
  #attempt<T>(work: () => T): T | undefined {
    try {
      return work()
    } catch (error) {
      const failure = storageError(error)
      if (failure.code !== 'busy') this.#warn(failure.message)
      return undefined
    }
  }
}
