import type { Authentic } from '../../vault/records/authentic.ts'
import type { Records } from '../../vault/records/records.ts'
import type { Table } from '../../vault/records/table.ts'
import type { Change } from '../../vault/storage/journal.ts'
import type { TableName } from '../../vault/storage/table-name.ts'
import type { ChangeListener } from './change-feed.ts'
import { TableCache } from './table-cache.ts'

const MAX_BYTES_PER_TABLE = 64 * 2 ** 20

/** Records in memory for as long as nothing has changed them: a cache for each table that is asked. */
export class RecordCaches implements ChangeListener {
  readonly #records: Records
  readonly #caches = new Map<TableName, TableCache<Authentic<unknown>>>()
  /** Of tables whose rows have sealed bytes. */
  readonly #sealed = new Set<TableName>()

  constructor(records: Records) {
    this.#records = records
  }

  /** The record, or `undefined` where there is none. Throws IntegrityError for one that is not authentic. */
  get<T, Parts>(table: Table<T, Parts>, parts: Parts): Promise<Authentic<T> | undefined> {
    const read = (): Promise<Authentic<T> | undefined> => this.#records.get(table, parts)
    return this.#cacheOf(table).get(table.id(parts), read)
  }

  /** How often a record was in memory, and how often it had to be read. */
  get use(): { hits: number; misses: number } {
    const uses = [...this.#caches.values()].map(({ use }) => use)
    return {
      hits: uses.reduce((sum, { hits }) => sum + hits, 0),
      misses: uses.reduce((sum, { misses }) => sum + misses, 0),
    }
  }

  /**
   * A rotation seals rows again without a change that is logged, as they say what they said. What is in memory opens until the
   * generation that sealed it is destroyed, which is a change of a domain key.
   */
  changed({ table, id }: Change): void {
    this.#caches.get(table)?.invalidate(id)
    if (table === 'domain_key') for (const name of this.#sealed) this.#caches.get(name)?.clear()
  }

  lost(): void {
    for (const cache of this.#caches.values()) cache.clear()
  }

  #cacheOf<T>({ name, sealedAs }: Table<T>): TableCache<Authentic<T>> {
    if (sealedAs('') !== undefined) this.#sealed.add(name)
    const known = this.#caches.get(name) ?? new TableCache(MAX_BYTES_PER_TABLE)
    this.#caches.set(name, known)
    return known as TableCache<Authentic<T>> // a table's name has one declaration
  }
}

/** What is made of each record once, when it is first asked for, and forgotten with the record. */
export class Derived<T, Value> {
  readonly #make: (stored: Authentic<T>) => Value
  readonly #made = new WeakMap<Authentic<T>, Value>()

  constructor(make: (stored: Authentic<T>) => Value) {
    this.#make = make
  }

  of(stored: Authentic<T>): Value {
    const known = this.#made.get(stored)
    if (known !== undefined) return known
    const value = this.#make(stored)
    this.#made.set(stored, value)
    return value
  }
}
