import type { SealedBytes, UnsealedRow } from '../hierarchy/hierarchy.ts'
import type { Expectation, Row, TableName } from '../storage/store.ts'
import { Authentic, type Unread } from './authentic.ts'
import type { Table } from './table.ts'

/** A row to be written, before its generation and MAC are known. */
export interface Draft {
  row: UnsealedRow
  /** That of its sealed bytes; the newest, for a row that has none. */
  generation?: number
}

/**
 * Collects what one operation changes, so that it commits whole and together with its audit record, or not at all. Rows
 * are made of records as their tables declare it, and get their MACs when they are committed.
 */
export class Changeset {
  readonly #expect: Expectation[] = []
  readonly #put: (Draft | Row)[] = []
  readonly #delete: { table: TableName; id: string }[] = []

  get isEmpty(): boolean {
    return this.#put.length === 0 && this.#delete.length === 0
  }

  get expected(): readonly Expectation[] {
    return this.#expect
  }

  get written(): readonly (Draft | Row)[] {
    return this.#put
  }

  get deleted(): readonly { table: TableName; id: string }[] {
    return this.#delete
  }

  /** A record whose row must not exist yet. */
  insert(row: Row): void
  insert<T>(table: Table<T>, record: NoInfer<T>, options?: { sealed?: SealedBytes | undefined }): void
  insert<T>(...args: [Row] | [Table<T>, T, { sealed?: SealedBytes | undefined }?]): void {
    if (args.length === 1) this.#write(args[0], args[0])
    else this.#draft(args[0], args[1], 1, args[2]?.sealed)
  }

  /**
   * A record that replaces the one that was read, on condition that it is still there unchanged. Sealed bytes stay as they
   * are unless others are given; `null` removes them.
   */
  update(row: Row): void
  update<T>(previous: Authentic<T> | Unread<T>, record: NoInfer<T>, options?: { sealed?: SealedBytes | null }): void
  update<T>(...args: [Row] | [Authentic<T> | Unread<T>, T, { sealed?: SealedBytes | null }?]): void {
    if (args.length === 1) return this.#write(args[0], args[0])
    const [previous, record, { sealed } = {}] = args
    const kept = previous instanceof Authentic ? previous.sealed : undefined
    const { declaration, id, version } = previous
    const written = this.#draft(declaration, record, version + 1, sealed === undefined ? kept : (sealed ?? undefined))
    if (written.id !== id)
      throw new TypeError(`the record of ${written.table} ${id} cannot become that of ${written.id}`)
  }

  /** Deletes the row if it is still the one that was read. */
  delete({ table, id, version }: Authentic<unknown> | Unread<unknown> | Expectation): void {
    this.#expect.push({ table, id, version })
    this.#delete.push({ table, id })
  }

  /** Deletes the row if it is there: for what only leads to another row, whose deletion is what counts. */
  discard<I>({ name, id }: Pick<Table<never, I>, 'name' | 'id'>, parts: NoInfer<I>): void {
    this.#delete.push({ table: name, id: id(parts) })
  }

  /** Reads the row again at commit: it must not have changed, though nothing is written to it. */
  require({ table, id, version }: Expectation): void {
    this.#expect.push({ table, id, version })
  }

  #draft<T>(table: Table<T>, record: T, version: number, sealed: SealedBytes | undefined): UnsealedRow {
    const row = {
      table: table.name,
      id: table.id(record),
      owner: table.owner(record),
      target: table.target(record),
      dueMs: table.dueMs(record),
      version,
      body: table.body(record),
      sealed: sealed?.bytes ?? null,
    }
    this.#write(row, { row, ...(sealed && { generation: sealed.generation }) })
    return row
  }

  #write({ table, id, version }: Expectation, written: Draft | Row): void {
    this.#expect.push({ table, id, version: version - 1 })
    this.#put.push(written)
  }
}
