import type { UnsealedRow } from '../hierarchy/hierarchy.ts'
import type { SealedAs, SealedBytes } from '../hierarchy/sealing.ts'
import type { TableName } from '../storage/table-name.ts'
import type { Expectation } from '../storage/store.ts'
import { Authentic, Unread } from './authentic.ts'
import type { Table } from './table.ts'

/** A row as it was read: what a change may require. An `Authentic` is one. */
export type RowVersion = Expectation

/** A row to be written, before its generation and MAC are known. */
export interface Draft {
  row: UnsealedRow
  /** Which generation sealed its bytes, and as what; absent where it has none. */
  sealed?: { generation: number; sealedAs: SealedAs }
}

/**
 * Collects what one operation changes, so that it commits whole and together with its audit record, or not at all. Rows
 * are made of records as their tables declare it, and get their MACs when they are committed.
 */
export class Changeset {
  readonly #expect: Expectation[] = []
  readonly #put: Draft[] = []
  readonly #delete: { table: TableName; id: string }[] = []

  get isEmpty(): boolean {
    return this.#put.length === 0 && this.#delete.length === 0
  }

  get expected(): readonly Expectation[] {
    return this.#expect
  }

  get written(): readonly Draft[] {
    return this.#put
  }

  get deleted(): readonly { table: TableName; id: string }[] {
    return this.#delete
  }

  /** A record whose row must not exist yet. Returns the row as it is there once this is committed. */
  insert<T>(table: Table<T>, record: NoInfer<T>, { sealed }: { sealed?: SealedBytes | undefined } = {}): Unread<T> {
    return this.#draft(table, record, 1, sealed)
  }

  /**
   * A record that replaces the one that was read, on condition that it is still there unchanged. Sealed bytes stay as they
   * are unless others are given; `null` removes them. Returns the row as it is there once this is committed.
   */
  update<T>(
    previous: Authentic<T> | Unread<T>,
    record: NoInfer<T>,
    { sealed }: { sealed?: SealedBytes | null } = {},
  ): Unread<T> {
    const kept = previous instanceof Authentic ? previous.sealed : undefined
    const { declaration, table, id, version } = previous
    const written = this.#draft(
      declaration as Table<T>,
      record,
      version + 1,
      sealed === undefined ? kept : (sealed ?? undefined),
    )
    if (written.id !== id) throw new TypeError(`the record of ${table} ${id} cannot become that of ${written.id}`)
    return written
  }

  /** A record that replaces whatever its row says at this version; 0: the row must not exist yet. */
  overwrite<T>(table: Table<T>, record: NoInfer<T>, version: number): void {
    this.#draft(table, record, version + 1, undefined)
  }

  /** Deletes the row if it is still at the version that was read. */
  delete({ table, id, version }: Authentic<unknown> | Unread<unknown>): void {
    this.#expect.push({ table, id, version })
    this.#delete.push({ table, id })
  }

  /** Deletes the row if it exists: for lookup rows, whose target row is what counts. */
  discard<I>({ name, id }: Pick<Table<never, I>, 'name' | 'id'>, parts: NoInfer<I>): void {
    this.#delete.push({ table: name, id: id(parts) })
  }

  /** Reads the row again at commit: it must not have changed, though nothing is written to it. */
  require({ table, id, version }: Expectation): void {
    this.#expect.push({ table, id, version })
  }

  #draft<T>(table: Table<T>, record: T, version: number, sealed: SealedBytes | undefined): Unread<T> {
    const row: UnsealedRow = {
      table: table.name,
      id: table.id(record),
      owner: table.owner(record),
      target: table.target(record),
      dueMs: table.dueMs(record),
      version,
      body: table.body(record),
      sealed: sealed?.bytes ?? null,
    }
    this.#expect.push({ table: row.table, id: row.id, version: version - 1 })
    this.#put.push({
      row,
      ...(sealed && { sealed: { generation: sealed.generation, sealedAs: sealedAs(table, row) } }),
    })
    return new Unread(table, row)
  }
}

/** What does not say what it is could never be sealed again, by a rotation of the domain key. */
function sealedAs(table: Pick<Table<never>, 'name' | 'sealedAs'>, { id }: UnsealedRow): SealedAs {
  const declared = table.sealedAs(id)
  if (declared === undefined) throw new TypeError(`the table ${table.name} does not declare what its sealed bytes are`)
  return declared
}
