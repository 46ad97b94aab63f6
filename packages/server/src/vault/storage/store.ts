import type { Journal, Ledger, OutboxEntry } from './journal.ts'
import type { DuePosition, Page } from './page.ts'
import type { Rewrite, Rewritten } from './rewrite.ts'
import type { TableName } from './table-name.ts'

/** One row. `id` is unique in its table. */
export interface Row {
  table: TableName
  id: string
  /** What the row is listed under; `''` if the table is not listed by owner. */
  owner: string
  /** A second key for listing (an alias's key), or `''`. */
  target: string
  /** When a job must process the row, in milliseconds since the epoch; `null` if never. */
  dueMs: number | null
  /** Starts at 1 and grows by 1 with each write. */
  version: number
  /** The generation of the domain key that seals and authenticates this row; 0 for rows under the root itself. */
  generation: number
  /** JSON text. */
  body: string
  /** Sealed bytes, or `null`. */
  sealed: Uint8Array | null
  /** The row's MAC over the table and every column (hierarchy/row-mac.ts). */
  mac: Uint8Array
}

/** A condition of a commit: the row has exactly this version; 0 means that it does not exist. */
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
  /** Each replaces exactly its previous version, which is checked after `expect`. */
  put: readonly Row[]
  /** Rows that can be absent. No row is named twice in `put` and `delete`. */
  delete: readonly { table: TableName; id: string }[]
  audit: readonly OutboxEntry[]
}

/** Numbers of a ledger that must not be given again. */
export type LedgerNumbers = Pick<Ledger, 'serial' | 'sequence'>

/** `conflict` is the first expectation that did not hold; nothing was then written. */
export type CommitResult = { committed: true; revision: number } | { committed: false; conflict: Expectation }

/**
 * Stores rows and audit entries. Everything that rejects or throws does so with a {@link StorageError}
 * (storage-error.ts).
 */
export interface Store extends Journal {
  /** Returns the row as last committed, or `undefined`. */
  get(table: TableName, id: string): Promise<Row | undefined>
  /** Returns the rows of the table, ascending by id, for code that reads all of it. */
  list(table: TableName, page: Page): Promise<Row[]>
  /** Returns the rows with this owner, ascending by id. */
  listByOwner(table: TableName, owner: string, page: Page): Promise<Row[]>
  /** Returns the rows with this target, ascending by id. */
  listByTarget(table: TableName, target: string, page: Page): Promise<Row[]>
  /** Returns how many rows have this owner, counted up to `most`. */
  countByOwner(table: TableName, owner: string, most: number): Promise<number>
  /**
   * Returns rows with `dueMs` at or before `nowMs`, ordered by due time and then by id; from the first, or after
   * `after`.
   */
  listDue(table: TableName, nowMs: number, limit: number, after?: DuePosition): Promise<Row[]>
  /**
   * Applies the change completely or not at all. When the promise resolves with `committed: true`, the change and its
   * audit entries survive a crash and a power failure. A commit whose id is stored, as the newest 100,000 ids are,
   * returns its first result and changes nothing. Rejects only if nothing was written or that is unknown (full disk,
   * lost database); the caller can then retry with the same id.
   */
  commit(commit: Commit): Promise<CommitResult>
  /**
   * Begins the ledger with the present rows, and applies `commit` in the same transaction. Waiting audit entries become
   * authentic. If the ledger has begun, this is an ordinary commit.
   */
  beginLedger(commit: Commit): Promise<CommitResult>
  /**
   * Replaces the ledger by a new one of the present rows, whatever the old one states, and applies `commit` in the same
   * transaction. Waiting entries stay authentic or not, and their numbers continue. Every cache is discarded. Only for
   * operators who have checked the report of {@link Store.inspectLedger}.
   */
  acceptRows(commit: Commit): Promise<CommitResult>
  /**
   * Lets a module rewrite rows in place, in one transaction of its own or of others. The ledger goes with it; versions, the
   * revision and the change log do not, as nothing changes that anyone read from the rows. Once all steps are done, every row
   * that was there when the first one began was looked at.
   */
  rewrite(step: Rewrite): Promise<Rewritten>
  /**
   * Applies `commit`, and has the ledger count on from `least` where it is behind: whatever has those numbers outside was
   * written before the database was put back to an older state. Only for operators who accept that.
   */
  advance(commit: Commit, least: LedgerNumbers): Promise<CommitResult>
  /** Waits for writes in progress and releases everything. Later calls reject; a second close does nothing. */
  close(): Promise<void>
}
