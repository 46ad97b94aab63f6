import type { Journal, OutboxEntry } from './journal.ts'
import type { DuePosition, Page } from './page.ts'
import type { TableName } from './table-name.ts'

/** One row. `id` is unique in its table. */
export interface Row {
  table: TableName
  id: string
  /** What the row is listed under; `''` where nothing lists the table by owner. */
  owner: string
  /** A second key to list by (an alias's key), or `''`. */
  target: string
  /** When a job must look at the row, in milliseconds since the epoch; `null` when never. */
  dueMs: number | null
  /** Starts at 1 and grows by 1 with each write. */
  version: number
  /** The generation of the domain key that seals and authenticates this row; 0 for rows under the root itself. */
  generation: number
  /** JSON text. */
  body: string
  /** Sealed bytes, or `null`. */
  sealed: Uint8Array | null
  /** The row's MAC over table and every column (hierarchy/row-mac.ts). */
  mac: Uint8Array
}

/** What must still be true at commit: the row has exactly this version, 0 meaning that it does not exist. */
export interface Expectation {
  table: TableName
  id: string
  version: number
}

/** One atomic, conditional change. */
export interface Commit {
  /** Unique for each attempt to change something; a retry after an ambiguous failure reuses it. */
  id: string
  expect: readonly Expectation[]
  /** Each replaces exactly the version before its own: that is checked after `expect`, as if it stood there last. */
  put: readonly Row[]
  /** Rows that may be absent. No row is named twice in `put` and `delete`. */
  delete: readonly { table: TableName; id: string }[]
  audit: readonly OutboxEntry[]
}

/** `conflict` names the first expectation that did not hold; then nothing was written. */
export type CommitResult = { committed: true; revision: number } | { committed: false; conflict: Expectation }

/** Everything that rejects or throws does so with a {@link StorageError} (storage-error.ts). */
export interface Store extends Journal {
  /** The row as last committed, or `undefined`. */
  get(table: TableName, id: string): Promise<Row | undefined>
  /** Every row of the table, ascending by id: for what looks through all of it. */
  list(table: TableName, page: Page): Promise<Row[]>
  /** Rows with this owner, ascending by id. */
  listByOwner(table: TableName, owner: string, page: Page): Promise<Row[]>
  /** Rows with this target, ascending by id. */
  listByTarget(table: TableName, target: string, page: Page): Promise<Row[]>
  /** How many rows have this owner, counted no further than `most`. */
  countByOwner(table: TableName, owner: string, most: number): Promise<number>
  /** Rows with `dueMs` at or before `nowMs`, earliest first and those of one time by id; from the first unless `after` says. */
  listDue(table: TableName, nowMs: number, limit: number, after?: DuePosition): Promise<Row[]>
  /**
   * Applies the change or nothing. When the promise resolves with `committed: true` the change and its audit
   * entries survive a crash and a power cut. A commit whose id is stored, as the ids of the newest 100,000 are, answers
   * with its first result and changes nothing. Rejects only when it is unknown or certain that nothing was written
   * (full disk, lost database); then the caller may call again with the same id.
   */
  commit(commit: Commit): Promise<CommitResult>
  /**
   * Begins the ledger with all rows as they are, and applies `commit` in the same transaction. Audit entries that
   * wait become authentic. When the ledger has begun, this is an ordinary commit.
   */
  beginLedger(commit: Commit): Promise<CommitResult>
  /**
   * Makes a new ledger of all rows as they are, whatever the old one says, and applies `commit` in the same
   * transaction. Entries that wait stay as authentic as they were; their numbers go on. Every cache is dropped. For
   * operators alone, who have looked at what {@link Store.inspectLedger} reports.
   */
  acceptRows(commit: Commit): Promise<CommitResult>
  /** Waits for writes under way and releases everything. Other calls after it reject; a second close does nothing. */
  close(): Promise<void>
}
