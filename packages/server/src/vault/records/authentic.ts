import type { Hierarchy } from '../hierarchy/hierarchy.ts'
import { IntegrityError, type SealedBytes } from '../hierarchy/sealing.ts'
import type { Row } from '../storage/store.ts'
import type { Table } from './table.ts'

/** Makes what only a verified row may become. */
let make: <T>(table: Table<T>, row: Row, value: T) => Authentic<T>
/** The same row with another value. */
let withValue: <T>(stored: Authentic<T>, value: T) => Authentic<T>

/**
 * A record beside the row it was read from, whose MAC verified. Only this module makes one, so that code which takes one
 * cannot be given a row that was edited, and needs no check of its own.
 */
export class Authentic<T> {
  readonly isAuthentic = true
  readonly #declaration: Table<unknown>
  readonly #row: Row
  readonly value: T

  private constructor(table: Table<T>, row: Row, value: T) {
    this.#declaration = table
    this.#row = row
    this.value = value
  }

  static {
    make = (table, row, value) => new Authentic(table, row, value)
    withValue = (stored, value) => new Authentic(stored.#declaration, stored.#row, value) as typeof stored
  }

  get declaration(): Table<unknown> {
    return this.#declaration
  }

  get table(): Row['table'] {
    return this.#row.table
  }

  get id(): string {
    return this.#row.id
  }

  get version(): number {
    return this.#row.version
  }

  get dueMs(): number | null {
    return this.#row.dueMs
  }

  /** The row's sealed bytes with the generation that opens them; `undefined` where it has none. */
  get sealed(): SealedBytes | undefined {
    const { generation, sealed } = this.#row
    return sealed === null ? undefined : { generation, bytes: sealed }
  }

  /** What it takes in memory, roughly: characters take two bytes. */
  get bytes(): number {
    return this.#row.body.length * 2 + (this.#row.sealed?.byteLength ?? 0)
  }
}

/**
 * That a row is there, of which nothing is known but its name, its version and when it is due: enough to delete it or to
 * write over it. It was not authenticated, or is not authentic.
 */
export class Unread<T> {
  readonly isAuthentic = false
  readonly declaration: Table<T>
  readonly table: Row['table']
  readonly id: string
  readonly version: number
  readonly dueMs: number | null

  constructor(declaration: Table<T>, { table, id, version, dueMs }: Pick<Row, 'table' | 'id' | 'version' | 'dueMs'>) {
    this.declaration = declaration
    this.table = table
    this.id = id
    this.version = version
    this.dueMs = dueMs
  }
}

/** Verifies a row of the table and reads it. Rejects with {@link IntegrityError} when its MAC does not verify. */
export async function authenticated<T>(
  table: Table<T>,
  row: Row,
  hierarchy: Pick<Hierarchy, 'verify'>,
): Promise<Authentic<T>> {
  const { id, owner, target, body } = await hierarchy.verify(row)
  return make(table, row, table.read({ id, owner, target, body }))
}

/** {@link authenticated}, but what does not verify stays unread. */
export async function examined<T>(
  table: Table<T>,
  row: Row,
  hierarchy: Pick<Hierarchy, 'verify'>,
): Promise<Authentic<T> | Unread<T>> {
  try {
    return await authenticated(table, row, hierarchy)
  } catch (error) {
    if (error instanceof IntegrityError) return new Unread(table, row)
    throw error
  }
}

/** The same row with its record as it counts now, for tables whose records change by themselves as time passes. */
export function counting<T>(stored: Authentic<T>, value: T): Authentic<T> {
  return value === stored.value ? stored : withValue(stored, value)
}
