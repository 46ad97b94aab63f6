import type { TableName } from './table-name.ts'

/** A record for the audit log that is committed together with the change that it describes. */
export interface OutboxEntry {
  eventId: string
  /** The record, encoded as in the audit stream. */
  record: string
}

/** An entry that waits for the audit log. */
export interface PendingEntry extends OutboxEntry {
  /** Its number among all entries ever committed to this database: from 1, without gaps. */
  sequence: number
  /** Whether the MAC verifies: this store's writer committed this record with this event id and sequence. */
  authentic: boolean
}

/** The database's statement about itself, with a MAC. */
export interface Ledger {
  /** The number of transactions that have changed the database. */
  serial: number
  /** The newest commit. */
  revision: number
  /** The number of audit entries ever committed, which is the sequence of the newest one. */
  sequence: number
  /** The number of rows by table, and of waiting entries under `outbox`. */
  counts: Readonly<Record<string, number>>
}

/** The result of an inspection of the whole database. */
export interface LedgerReport {
  /** The ledger; `undefined` if there is none, or none that verifies. */
  ledger: Ledger | undefined
  /** The numbers of rows and entries that exist. */
  found: Readonly<Record<string, number>>
  /** The contradictions to the ledger, as sentences. Empty if the database is as Keyhold left it. */
  problems: string[]
  /** That there is no ledger where one must be: unlike a database of an earlier Keyhold, this one cannot be brought up to date. */
  ledgerRemoved?: true
  /** Whether Keyhold can use the file, whatever its rows are: its schema and its pages are valid. */
  isUsable: boolean
}

/** One changed row, in commit order. */
export interface Change {
  revision: number
  table: TableName
  id: string
}

/** What a store says of itself beside its rows: which changed, which records wait for the audit log, what the ledger counts. */
export interface Journal {
  /**
   * Returns the revision of the newest visible commit of any process. Cheap enough to call before each decision
   * (SQLite: PRAGMA data_version). Synchronous implementations return a number, others a promise.
   */
  revision(): number | Promise<number>
  /**
   * Returns the changes after `revision`, oldest first, or `undefined` if they are no longer kept, so that caches must
   * be discarded.
   */
  changesSince(revision: number): Promise<Change[] | undefined>
  /**
   * Returns audit entries that are not relayed yet, in the order of their sequences, including those that are not
   * authentic.
   */
  pendingAudit(limit: number): Promise<PendingEntry[]>
  /** Removes entries that are durable in the stream. Unknown ids are ignored. */
  relayedAudit(eventIds: readonly string[]): Promise<void>
  /**
   * The ledger as of now, or `undefined` when the database has none yet: an older Keyhold wrote it, and commits are
   * refused until `Store.beginLedger`. Rejects with `tampered` when its MAC does not verify.
   */
  ledger(): Promise<Ledger | undefined>
  /**
   * Reads everything and compares it with the ledger, off the event loop: about 25 s of CPU for a million rows. Rejects
   * early if `signal` aborts.
   */
  inspectLedger(signal?: AbortSignal): Promise<LedgerReport>
}
