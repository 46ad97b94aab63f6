import type { Commit, CommitResult, LedgerNumbers, Row, Store } from '../../../src/vault/storage/store.ts'
import type { Change, Ledger, LedgerReport, PendingEntry } from '../../../src/vault/storage/journal.ts'
import type { Page } from '../../../src/vault/storage/page.ts'
import type { TableName } from '../../../src/vault/storage/table-name.ts'

/**
 * The parts of a store that the audit log uses, in memory. It can be copied, as a crash leaves a disk, and made to
 * fail.
 */
export class MemoryStore implements Store {
  readonly rows: Map<string, Row>
  readonly outbox: Map<string, string>
  /** Event ids of entries whose MAC does not verify. */
  readonly forged = new Set<string>()
  /** Thrown by every writing call while it is set. */
  failure: Error | undefined
  #revision = 0
  #sequence = 0
  readonly #sequences = new Map<string, number>()

  constructor(rows = new Map<string, Row>(), outbox = new Map<string, string>()) {
    this.rows = new Map(rows)
    this.outbox = new Map(outbox)
    this.#sequence = outbox.size
  }

  copy(): MemoryStore {
    const copy = new MemoryStore(this.rows, this.outbox)
    copy.#sequence = this.#sequence
    for (const [eventId, sequence] of this.#sequences) copy.#sequences.set(eventId, sequence)
    return copy
  }

  async get(table: TableName, id: string): Promise<Row | undefined> {
    return this.rows.get(`${table} ${id}`)
  }

  async listByOwner(table: TableName, owner: string, { after = '', limit }: Page): Promise<Row[]> {
    const rows = [...this.rows.values()].filter((row) => row.table === table && row.owner === owner && row.id > after)
    return rows.toSorted((a, b) => (a.id < b.id ? -1 : 1)).slice(0, limit)
  }

  async countByOwner(table: TableName, owner: string, most: number): Promise<number> {
    return (await this.listByOwner(table, owner, { limit: most })).length
  }

  async list(): Promise<Row[]> {
    return []
  }

  async listByTarget(): Promise<Row[]> {
    return []
  }

  async listDue(): Promise<Row[]> {
    return []
  }

  async commit({ expect, put, audit }: Commit): Promise<CommitResult> {
    if (this.failure !== undefined) throw this.failure
    const conflict = expect.find(
      ({ table, id, version }) => (this.rows.get(`${table} ${id}`)?.version ?? 0) !== version,
    )
    if (conflict !== undefined) return { committed: false, conflict }
    for (const row of put) this.rows.set(`${row.table} ${row.id}`, row)
    for (const { eventId, record } of audit) {
      this.outbox.set(eventId, record)
      this.#sequence += 1
      this.#sequences.set(eventId, this.#sequence)
    }
    this.#revision += 1
    return { committed: true, revision: this.#revision }
  }

  revision(): number {
    return this.#revision
  }

  async changesSince(): Promise<Change[] | undefined> {
    return undefined
  }

  async pendingAudit(limit: number): Promise<PendingEntry[]> {
    // What a test put into the outbox directly was never counted.
    const entries = [...this.outbox].map(([eventId, record]) => {
      const sequence = this.#sequences.get(eventId) ?? this.#sequence + 1
      return { eventId, record, sequence, authentic: !this.forged.has(eventId) }
    })
    return entries.toSorted((a, b) => a.sequence - b.sequence).slice(0, limit)
  }

  async relayedAudit(eventIds: readonly string[]): Promise<void> {
    if (this.failure !== undefined) throw this.failure
    for (const eventId of eventIds) this.outbox.delete(eventId)
  }

  async ledger(): Promise<Ledger | undefined> {
    return { serial: this.#revision, revision: this.#revision, sequence: this.#sequence, counts: {} }
  }

  async beginLedger(commit: Commit): Promise<CommitResult> {
    return this.commit(commit)
  }

  async acceptRows(commit: Commit): Promise<CommitResult> {
    return this.commit(commit)
  }

  rewrite(): Promise<never> {
    return Promise.reject(new Error('nothing is rewritten here'))
  }

  async advance(commit: Commit, { sequence }: LedgerNumbers): Promise<CommitResult> {
    this.#sequence = Math.max(this.#sequence, sequence)
    return this.commit(commit)
  }

  async inspectLedger(): Promise<LedgerReport> {
    return { ledger: await this.ledger(), found: {}, problems: [], isUsable: true }
  }

  async close(): Promise<void> {}
}
