import type { TableName } from './table-name.ts'

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

/** One changed row, in commit order. */
export interface Change {
  revision: number
  table: TableName
  id: string
}

/** What a store says of itself beside its rows: which changed, which records wait for the audit log, what the ledger counts. */
export interface Journal {
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
   * refused until `Store.beginLedger`. Rejects with `tampered` when its MAC does not verify.
   */
  ledger(): Promise<Ledger | undefined>
  /**
   * Reads everything and compares it with the ledger, away from the event loop: some 25 s of CPU for a million rows. Ends
   * early, with a rejection, when `signal` aborts.
   */
  inspectLedger(signal?: AbortSignal): Promise<LedgerReport>
}
