import type { KeyObject } from 'node:crypto'
import { resolve } from 'node:path'
import type { Logger } from '../../../platform/logger.ts'
import { checkCommit, checkLimit } from '../check-commit.ts'
import { LedgerKeys } from '../ledger/ledger-keys.ts'
import type { Rewrite, Rewritten } from '../rewrite.ts'
import { StorageError } from '../storage-error.ts'
import type { Commit, CommitResult, LedgerNumbers, Row, Store } from '../store.ts'
import type { Change, Ledger, LedgerReport, PendingEntry } from '../journal.ts'
import type { DuePosition, Page } from '../page.ts'
import type { TableName } from '../table-name.ts'
import { openForReading } from './connection.ts'
import { guarded } from './errors.ts'
import { checkDatabaseFile, createDatabaseFile } from './files.ts'
import { inspectDatabase } from './inspect-database.ts'
import type { InspectorSettings, WriterSettings } from './messages.ts'
import { SqliteReader } from './reader.ts'
import { WRITER, WriterThread } from './writer-thread.ts'

/** How to open a store. */
export interface SqliteStoreOptions {
  /** SQLite keeps `-wal` and `-shm` files beside it. */
  file: string
  /**
   * Creates the file (mode 0600) and its folder (mode 0700) if missing. Otherwise a missing or empty file is refused.
   */
  create?: boolean
  /** Opens for reading only: nothing is written or migrated, even on close. Refuses a file of an older schema. */
  readOnly?: boolean
  /** The key that the ledger's keys are derived from: UnsealedRoot.ledgerKey. */
  ledgerKey: KeyObject
  /** Reports problems that no caller waits for. */
  logger?: Logger
}

/**
 * Settings that tests change to prove that they detect the difference. Production code uses {@link openSqliteStore}.
 */
export interface SqliteInternals extends Pick<WriterSettings, 'pragmas' | 'keptCommits' | 'busyTimeoutMs'> {
  /** The file that the writer thread runs. */
  writer: URL
}

/** Longer than the largest batch of another process takes on a slow disk. */
export const BUSY_TIMEOUT_MS = 5_000

const DEFAULTS: SqliteInternals = {
  pragmas: [],
  // Minutes of the busiest history. A process that was away longer reads everything again.
  keptCommits: 100_000,
  busyTimeoutMs: BUSY_TIMEOUT_MS,
  writer: WRITER,
}

/**
 * Opens a store in one file, for any number of processes on one machine. The file must not be on a network file system
 * (https://www.sqlite.org/wal.html). Migrates an older schema. Rejects with {@link StorageError} if the file is newer,
 * foreign, damaged or inaccessible; nothing is then changed.
 */
export function openSqliteStore(options: SqliteStoreOptions): Promise<Store> {
  return openSqliteStoreWith(options, {})
}

/** {@link openSqliteStore} with other settings, for tests only: `pragmas` can remove durability. */
export async function openSqliteStoreWith(
  { file, create = false, readOnly = false, ledgerKey, logger }: SqliteStoreOptions,
  internals: Partial<SqliteInternals>,
): Promise<Store> {
  const { writer: writerFile, ...rest } = { ...DEFAULTS, ...internals }
  const settings: WriterSettings = { ...rest, create, file: resolve(file), ledgerKey }
  await (create ? createDatabaseFile(settings.file) : checkDatabaseFile(settings.file))
  const openReader = (): SqliteReader =>
    guarded(() => new SqliteReader(openForReading(settings), settings.file, new LedgerKeys(ledgerKey)))
  if (readOnly) return new SqliteStore(settings, openReader(), undefined)
  const writer = await WriterThread.start(settings, writerFile, (problem) =>
    logger?.warn('the write-ahead log of the database cannot be copied, and grows', { file, problem }),
  )
  try {
    return new SqliteStore(settings, openReader(), writer)
  } catch (error) {
    await writer.close()
    throw error
  }
}

/** Reads on the calling thread and writes on the writer thread, which a read-only store does not have. */
class SqliteStore implements Store {
  readonly #reader: SqliteReader
  readonly #settings: InspectorSettings
  readonly #writer: WriterThread | undefined
  #closed: Promise<void> | undefined

  constructor(settings: InspectorSettings, reader: SqliteReader, writer: WriterThread | undefined) {
    this.#settings = settings
    this.#reader = reader
    this.#writer = writer
  }

  async get(table: TableName, id: string): Promise<Row | undefined> {
    return this.#open().get(table, id)
  }

  async list(table: TableName, page: Page): Promise<Row[]> {
    return this.#open().list(table, page)
  }

  async listByOwner(table: TableName, owner: string, page: Page): Promise<Row[]> {
    return this.#open().listByOwner(table, owner, page)
  }

  async listByTarget(table: TableName, target: string, page: Page): Promise<Row[]> {
    return this.#open().listByTarget(table, target, page)
  }

  async countByOwner(table: TableName, owner: string, most: number): Promise<number> {
    return this.#open().countByOwner(table, owner, most)
  }

  async listDue(table: TableName, nowMs: number, limit: number, after?: DuePosition): Promise<Row[]> {
    return this.#open().listDue(table, nowMs, limit, after)
  }

  async commit(commit: Commit): Promise<CommitResult> {
    return this.#submit('commit', commit)
  }

  revision(): number {
    return this.#open().revision()
  }

  async changesSince(revision: number): Promise<Change[] | undefined> {
    return this.#open().changesSince(revision)
  }

  async pendingAudit(limit: number): Promise<PendingEntry[]> {
    return this.#open().pendingAudit(limit)
  }

  async relayedAudit(eventIds: readonly string[]): Promise<void> {
    this.#open()
    if (eventIds.length > 0) await this.#writing().submit({ kind: 'relayed', eventIds: [...eventIds] })
  }

  async ledger(): Promise<Ledger | undefined> {
    return this.#open().ledger()
  }

  async beginLedger(commit: Commit): Promise<CommitResult> {
    return this.#submit('begin', commit)
  }

  async acceptRows(commit: Commit): Promise<CommitResult> {
    return this.#submit('accept', commit)
  }

  async rewrite(step: Rewrite): Promise<Rewritten> {
    this.#open()
    checkLimit(step.limit)
    return this.#writing().rewrite(step)
  }

  async advance(commit: Commit, least: LedgerNumbers): Promise<CommitResult> {
    this.#open()
    checkCommit(commit)
    return this.#writing().submit({ kind: 'advance', commit: snapshot(commit), least })
  }

  async inspectLedger(signal?: AbortSignal): Promise<LedgerReport> {
    this.#open().checkFiles()
    return inspectDatabase(this.#settings, signal)
  }

  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    // The reader first: the last connection to close copies the log and removes it, and that must be the writer's.
    this.#reader.close()
    await this.#writer?.close()
  }

  #submit(kind: 'commit' | 'begin' | 'accept', commit: Commit): Promise<CommitResult> {
    this.#open()
    checkCommit(commit)
    return this.#writing().submit({ kind, commit: snapshot(commit) })
  }

  #writing(): WriterThread {
    if (this.#writer === undefined) throw new StorageError('invalid', 'The store is open for reading only.')
    return this.#writer
  }

  /** A store whose writer has failed must not continue to answer reads. */
  #open(): SqliteReader {
    if (this.#closed) throw new StorageError('closed', 'The store is closed.')
    if (this.#writer?.fault) throw this.#writer.fault
    return this.#reader
  }
}

/**
 * Copies the commit, because it can wait, and its caller can reuse buffers. Bytes get memory of their own, because
 * posting a view to a thread copies its whole underlying buffer: Node's shared pool, for a small Buffer.
 */
function snapshot(commit: Commit): Commit {
  const put = commit.put.map((row) => ({
    ...row,
    mac: new Uint8Array(row.mac),
    sealed: row.sealed && new Uint8Array(row.sealed),
  }))
  return { ...commit, put }
}
