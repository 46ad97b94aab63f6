import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { LedgerKeys } from '../ledger/ledger-keys.ts'
import type { LedgerState } from '../ledger/ledger-state.ts'
import type { Commit, Expectation, Row } from '../store.ts'
import { changeOne } from './change-one.ts'

/** The result of a commit. `erased`: sealed bytes were deleted or replaced, and are still in the write-ahead log. */
export type Applied =
  | { kind: 'applied'; erased: boolean }
  | { kind: 'known'; revision: number }
  | { kind: 'conflict'; conflict: Expectation }

/** Applies commits inside a transaction that the caller opens and ends. */
export class CommitApplier {
  readonly #keys: LedgerKeys
  readonly #known: StatementSync
  readonly #version: StatementSync
  readonly #current: StatementSync
  readonly #delete: StatementSync
  readonly #put: StatementSync
  readonly #change: StatementSync
  readonly #log: StatementSync
  readonly #outbox: StatementSync

  constructor(database: DatabaseSync, keys: LedgerKeys) {
    this.#keys = keys
    this.#known = database.prepare('SELECT revision FROM commit_log WHERE id = ?')
    this.#version = database.prepare('SELECT version FROM stored_row WHERE kind = ? AND id = ?')
    this.#current = database.prepare(
      `SELECT kind AS "table", id, owner, target, due_ms AS dueMs, version, generation, body, sealed, mac
       FROM stored_row WHERE kind = ? AND id = ?`,
    )
    this.#delete = database.prepare('DELETE FROM stored_row WHERE kind = ? AND id = ?')
    this.#put = database.prepare(`
      INSERT INTO stored_row (kind, id, owner, target, due_ms, version, generation, body, sealed, mac)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (kind, id) DO UPDATE SET
        owner = excluded.owner, target = excluded.target, due_ms = excluded.due_ms, version = excluded.version,
        generation = excluded.generation, body = excluded.body, sealed = excluded.sealed, mac = excluded.mac`)
    this.#change = database.prepare('INSERT INTO change (revision, kind, id) VALUES (?, ?, ?)')
    this.#log = database.prepare('INSERT INTO commit_log (id, revision, mac) VALUES (?, ?, ?)')
    this.#outbox = database.prepare(
      'INSERT INTO outbox (event_id, revision, position, sequence, record, previous, mac) VALUES (?, ?, ?, ?, ?, ?, ?)',
    )
  }

  /**
   * Applies the commit as `revision`, unless its id is known or an expectation does not hold, and updates the ledger.
   * Writes everything or throws.
   */
  apply(commit: Commit, revision: number, ledger: LedgerState): Applied {
    const known = this.#known.get(commit.id)
    if (known) return { kind: 'known', revision: Number(known.revision) }

    const conflict = this.#conflict(commit)
    if (conflict) return { kind: 'conflict', conflict }

    const erased = this.#writeRows(commit, revision, ledger)
    this.#writeEntries(commit, revision, ledger)
    return { kind: 'applied', erased }
  }

  #conflict({ expect, put }: Commit): Expectation | undefined {
    // A put replaces exactly the previous version, even if the caller did not state that.
    const implied = put.map(({ table, id, version }) => ({ table, id, version: version - 1 }))
    return [...expect, ...implied].find(({ table, id, version }) => {
      return Number(this.#version.get(table, id)?.version ?? 0) !== version
    })
  }

  /** Deletes before it puts, so that freed pages help on a full disk. Returns whether sealed bytes were erased. */
  #writeRows(commit: Commit, revision: number, ledger: LedgerState): boolean {
    const changed: { table: string; id: string }[] = []
    let erased = false
    for (const { table, id } of commit.delete) {
      const row = this.#read(table, id)
      if (row === undefined) continue
      changeOne(this.#delete, table, id)
      ledger.removeRow(row)
      erased ||= row.sealed !== null
      changed.push(row)
    }
    for (const row of commit.put) {
      const replaced = this.#read(row.table, row.id)
      changeOne(this.#put, ...columns(row))
      if (replaced !== undefined) ledger.removeRow(replaced)
      ledger.addRow(row)
      erased ||= replaced !== undefined && replaced.sealed !== null
      changed.push(row)
    }
    for (const { table, id } of changed) changeOne(this.#change, revision, table, id)
    changeOne(this.#log, commit.id, revision, this.#keys.commitMac(commit.id, revision, changed))
    return erased
  }

  #writeEntries(commit: Commit, revision: number, ledger: LedgerState): void {
    for (const [position, { eventId, record }] of commit.audit.entries()) {
      const entry = ledger.enter({ eventId, revision, position, record })
      const { sequence, previous, mac } = entry
      changeOne(this.#outbox, eventId, revision, position, sequence, record, previous, mac)
    }
  }

  #read(table: string, id: string): Row | undefined {
    // The schema is STRICT, so the columns have these types.
    return this.#current.get(table, id) as Row | undefined
  }
}

function columns(row: Row) {
  return [
    row.table,
    row.id,
    row.owner,
    row.target,
    row.dueMs,
    row.version,
    row.generation,
    row.body,
    row.sealed,
    row.mac,
  ] as const
}
