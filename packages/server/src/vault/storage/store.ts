/**
 * What every database must do for Keyhold. One contract suite (test/storage/contract.ts) runs against every
 * implementation.
 *
 * All tables have one physical form, so that one MAC covers every column and one implementation serves them all. What their
 * rows hold is declared in `vault/records`; domain keys alone are the hierarchy's own (hierarchy/domain-keys.ts).
 */
export const TABLES = [
  'domain_key',
  'account',
  'principal',
  'entity_name',
  'access_key',
  'access_key_use',
  'role_use',
  'group',
  'membership',
  'managed_policy',
  'attachment',
  'instance_profile',
  'oidc_provider',
  'key',
  'key_use',
  'policy',
  'material',
  'alias',
  'grant',
  'grant_name',
  'retirable',
  'audit_head',
  'setting',
] as const
export type TableName = (typeof TABLES)[number]

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

/** A record for the audit log that commits together with the change it describes. */
export interface OutboxEntry {
  eventId: string
  /** The record, encoded as the audit stream stores it. */
  record: string
}

/** An entry that waits for the audit log. */
export interface PendingEntry extends OutboxEntry {
  /** Its place among all entries that were ever committed to this database: from 1, without gaps. */
  sequence: number
  /** Whether the MAC verifies: this store's writer committed this record under this event id and sequence. */
  authentic: boolean
}

/** What the database says of itself under a MAC. */
export interface Ledger {
  /** How many transactions have changed the database. */
  serial: number
  /** The newest commit. */
  revision: number
  /** How many audit entries were ever committed: the newest one's sequence. */
  sequence: number
  /** Rows by table, and under `outbox` the entries that wait. */
  counts: Readonly<Record<string, number>>
}

/** What an inspection of the whole database found. */
export interface LedgerReport {
  /** What the ledger says; `undefined` when there is none, or none that verifies. */
  ledger: Ledger | undefined
  /** Rows and entries that there are. */
  found: Readonly<Record<string, number>>
  /** What contradicts the ledger, as sentences. Empty when all is as Keyhold left it. */
  problems: string[]
  /** Whether the file is one that Keyhold can go on with, whatever its rows are: its schema and its pages are sound. */
  isUsable: boolean
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

/** One changed row, in commit order. */
export interface Change {
  revision: number
  table: TableName
  id: string
}

export interface Page {
  /** Return rows whose id sorts after this one (by UTF-8 bytes). */
  after?: string
  limit: number
}

/** Where a list of due rows goes on: after the row that is due at this time and has this id. */
export interface DuePosition {
  dueMs: number
  id: string
}

/** Everything that rejects or throws does so with a {@link StorageError} (storage-error.ts). */
export interface Store {
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
   * The revision of the newest commit visible now, whichever process made it. Cheap enough to call before each
   * decision (SQLite: PRAGMA data_version). Synchronous implementations return a number, others a promise.
   */
  revision(): number | Promise<number>
  /** Changes after `revision`, oldest first; `undefined` when they are no longer kept, so that caches must be dropped. */
  changesSince(revision: number): Promise<Change[] | undefined>
  /** Audit entries not yet relayed, in the order of their sequences. Entries that are not authentic are among them. */
  pendingAudit(limit: number): Promise<PendingEntry[]>
  /** Forgets entries that are durable in the stream. Unknown ids are ignored. */
  relayedAudit(eventIds: readonly string[]): Promise<void>
  /**
   * The ledger as of now, or `undefined` when the database has none yet: an older Keyhold wrote it, and commits are
   * refused until {@link Store.beginLedger}. Rejects with `tampered` when its MAC does not verify.
   */
  ledger(): Promise<Ledger | undefined>
  /**
   * Reads everything and compares it with the ledger, away from the event loop: some 25 s of CPU for a million rows. Ends
   * early, with a rejection, when `signal` aborts.
   */
  inspectLedger(signal?: AbortSignal): Promise<LedgerReport>
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
