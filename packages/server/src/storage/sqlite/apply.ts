import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Commit, Expectation, Row } from '../store.ts'

/** `erased`: bytes that were sealed once were deleted or replaced, and still lie in the write-ahead log. */
export type Applied =
  | { kind: 'applied'; erased: boolean }
  | { kind: 'known'; revision: number }
  | { kind: 'conflict'; conflict: Expectation }

interface Current {
  version: number
  isSealed: number
}

/** Applies commits inside a transaction that the caller has opened and will end. */
export class CommitApplier {
  readonly #known: StatementSync
  readonly #current: StatementSync
  readonly #delete: StatementSync
  readonly #put: StatementSync
  readonly #change: StatementSync
  readonly #log: StatementSync
  readonly #outbox: StatementSync

  constructor(database: DatabaseSync) {
    this.#known = database.prepare('SELECT revision FROM commit_log WHERE id = ?')
    this.#current = database.prepare(
      'SELECT version, sealed IS NOT NULL AS isSealed FROM stored_row WHERE kind = ? AND id = ?',
    )
    this.#delete = database.prepare('DELETE FROM stored_row WHERE kind = ? AND id = ?')
    this.#put = database.prepare(`
      INSERT INTO stored_row (kind, id, owner, target, due_ms, version, generation, body, sealed, mac)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (kind, id) DO UPDATE SET
        owner = excluded.owner, target = excluded.target, due_ms = excluded.due_ms, version = excluded.version,
        generation = excluded.generation, body = excluded.body, sealed = excluded.sealed, mac = excluded.mac`)
    this.#change = database.prepare('INSERT INTO change (revision, kind, id) VALUES (?, ?, ?)')
    this.#log = database.prepare('INSERT INTO commit_log (id, revision) VALUES (?, ?)')
    this.#outbox = database.prepare('INSERT INTO outbox (event_id, revision, position, record) VALUES (?, ?, ?, ?)')
  }

  /** Applies the commit as `revision`, unless its id is known or an expectation does not hold. Writes all or throws. */
  apply(commit: Commit, revision: number): Applied {
    const known = this.#known.get(commit.id)
    if (known) return { kind: 'known', revision: Number(known.revision) }

    const conflict = this.#conflict(commit)
    if (conflict) return { kind: 'conflict', conflict }

    return { kind: 'applied', erased: this.#write(commit, revision) }
  }

  #conflict({ expect, put }: Commit): Expectation | undefined {
    // A put replaces exactly the version before its own, also where the caller did not say so.
    const implied = put.map(({ table, id, version }) => ({ table, id, version: version - 1 }))
    return [...expect, ...implied].find(({ table, id, version }) => (this.#read(table, id)?.version ?? 0) !== version)
  }

  /** Deletes before it puts, so that the pages that become free serve a full disk. */
  #write(commit: Commit, revision: number): boolean {
    const touched = [...commit.delete, ...commit.put]
    const erased = touched.some(({ table, id }) => this.#read(table, id)?.isSealed)
    for (const { table, id } of commit.delete) {
      if (this.#delete.run(table, id).changes > 0) this.#change.run(revision, table, id)
    }
    for (const row of commit.put) {
      this.#put.run(...columns(row))
      this.#change.run(revision, row.table, row.id)
    }
    this.#log.run(commit.id, revision)
    commit.audit.forEach(({ eventId, record }, position) => this.#outbox.run(eventId, revision, position, record))
    return erased
  }

  #read(table: string, id: string): Current | undefined {
    // The schema is STRICT: the columns have these types.
    return this.#current.get(table, id) as Current | undefined
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
