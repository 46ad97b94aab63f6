import type { Commit, Expectation, OutboxEntry, Row, TableName } from './store.ts'

/** Collects what one operation changes, so that it commits whole and together with its audit record, or not at all. */
export class Changeset {
  readonly #expect: Expectation[] = []
  readonly #put: Row[] = []
  readonly #delete: { table: TableName; id: string }[] = []

  get isEmpty(): boolean {
    return this.#put.length === 0 && this.#delete.length === 0
  }

  /** A row that must not exist yet. */
  insert(row: Row): void {
    this.#expect.push({ table: row.table, id: row.id, version: 0 })
    this.#put.push(row)
  }

  /** A row that replaces its own previous version. */
  update(row: Row): void {
    this.#expect.push({ table: row.table, id: row.id, version: row.version - 1 })
    this.#put.push(row)
  }

  /** Deletes the row if it is still the one that was read. */
  delete({ table, id, version }: Expectation): void {
    this.#expect.push({ table, id, version })
    this.#delete.push({ table, id })
  }

  /** Deletes the row if it is there: for what only leads to another row, whose deletion is what counts. */
  discard({ table, id }: Pick<Row, 'table' | 'id'>): void {
    this.#delete.push({ table, id })
  }

  /** Reads `row` again at commit: it must not have changed, though nothing is written to it. */
  require({ table, id, version }: Expectation): void {
    this.#expect.push({ table, id, version })
  }

  commit(id: string, audit: readonly OutboxEntry[]): Commit {
    return { id, expect: this.#expect, put: this.#put, delete: this.#delete, audit }
  }
}
