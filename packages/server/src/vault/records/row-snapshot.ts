import type { CompleteRow, Hierarchy } from '../hierarchy/hierarchy.ts'
import type { Random } from '../../platform/random.ts'
import type { OutboxEntry } from '../storage/journal.ts'
import { everyRow } from '../storage/page.ts'
import type { Commit, Row, Store } from '../storage/store.ts'
import type { TableName } from '../storage/table-name.ts'
import { tables } from './tables.ts'

interface Context {
  store: Store
  hierarchy: Pick<Hierarchy, 'complete' | 'verify'>
  random: Random
}

type RowName = Pick<Row, 'table' | 'id'>

/** Rows in one commit, which limits how long it holds the write lock. */
const ROWS_PER_COMMIT = 5_000

/** The audit log describes itself in these rows, and it goes on. */
const KEPT: ReadonlySet<TableName> = new Set(['domain_key', 'audit_head'])

/**
 * The rows of a database at one moment, to which it can be put back. All of them are in memory: this is for development
 * servers, whose databases are small.
 *
 * Putting back is a change like any other: rows get new versions and MACs, the ledger counts on, and caches learn of it
 * from the change log.
 */
export class RowSnapshot {
  readonly #context: Context
  readonly #rows: ReadonlyMap<string, Row>
  /** All commits up to this one are part of the snapshot, or were put back. */
  #revision: number

  private constructor(context: Context, rows: ReadonlyMap<string, Row>, revision: number) {
    this.#context = context
    this.#rows = rows
    this.#revision = revision
  }

  /** Reads every row. Nothing else may write meanwhile. Rejects with IntegrityError for a row that is not authentic. */
  static async take(context: Context): Promise<RowSnapshot> {
    const { store, hierarchy } = context
    const revision = await store.revision()
    const rows = new Map<string, Row>()
    for await (const row of rowsOf(store)) rows.set(nameOf(row), await hierarchy.verify(row))
    return new RowSnapshot(context, rows, revision)
  }

  /**
   * Puts back what was changed since, with `entries` for the audit log. Nothing else may write meanwhile. More than 5,000 rows
   * take several commits; if one fails, calling this again completes it.
   */
  async putBack(entries: readonly OutboxEntry[]): Promise<void> {
    const changed = await this.#changed()
    const last = Math.max(1, Math.ceil(changed.length / ROWS_PER_COMMIT))
    for (let part = 0; part < last; part++) {
      const names = changed.slice(part * ROWS_PER_COMMIT, (part + 1) * ROWS_PER_COMMIT)
      const revision = await this.#commit(names, part === last - 1 ? entries : [])
      if (part === last - 1) this.#revision = revision
    }
  }

  /** The rows that were written since; all rows where the change log does not go back so far. */
  async #changed(): Promise<RowName[]> {
    const { store } = this.#context
    const changes = await store.changesSince(this.#revision)
    const names = changes ?? [...this.#rows.values(), ...(await Array.fromAsync(rowsOf(store)))]
    return [...new Map(names.filter(({ table }) => !KEPT.has(table)).map((name) => [nameOf(name), name])).values()]
  }

  /** Returns the revision of the commit. */
  async #commit(names: readonly RowName[], audit: readonly OutboxEntry[]): Promise<number> {
    const { store, random } = this.#context
    const complete: CompleteRow[] = []
    const deleted: RowName[] = []
    for (const name of names) {
      const before = this.#rows.get(nameOf(name))
      if (before === undefined) deleted.push({ table: name.table, id: name.id })
      else complete.push(await this.#again(before))
    }
    const expect = [...new Map(complete.map(({ under }) => [under.id, under])).values()]
    const put = complete.map(({ row }) => row)
    const commit: Commit = { id: random.uuid(), expect, put, delete: deleted, audit }
    const result = await store.commit(commit)
    if (!result.committed) throw new Error('rows were written while they were put back')
    return result.revision
  }

  /** The row as the next version of what is there. */
  async #again(row: Row): Promise<CompleteRow> {
    if (row.table === 'domain_key') throw new TypeError('domain keys are not part of a snapshot')
    const { store, hierarchy } = this.#context
    const present = await store.get(row.table, row.id)
    const next = { ...row, version: (present?.version ?? 0) + 1 }
    const sealed = { generation: row.generation, sealedAs: tables[row.table].sealedAs(row.id) }
    return hierarchy.complete(next, row.sealed === null ? undefined : sealed)
  }
}

async function* rowsOf(store: Store): AsyncGenerator<Row> {
  for (const table of Object.values(tables)) {
    if (!KEPT.has(table.name)) yield* everyRow((page) => store.list(table.name, page))
  }
}

function nameOf({ table, id }: RowName): string {
  return `${table} ${id}`
}
