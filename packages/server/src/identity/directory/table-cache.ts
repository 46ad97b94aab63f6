import type { Authentic } from '../../vault/records/authentic.ts'
import type { Entry } from '../../vault/records/entry.ts'
import type { Records } from '../../vault/records/records.ts'
import type { Table } from '../../vault/records/table.ts'
import type { Row } from '../../vault/storage/store.ts'

/** Where entries are read. */
export interface TableSource<E> {
  /** The entry of this id, or `undefined` where there is no such row. Rejects when the row is not authentic. */
  read(id: string): Promise<E | undefined>
  /** What the entry's row takes in memory. */
  bytes(entry: E): number
}

/** What an entry costs beside its body: objects, strings and the map's own slot, generously rounded. */
const ENTRY_OVERHEAD_BYTES = 1024

/**
 * A bounded cache of one table, told of every change by the directory. Absent rows are remembered too, so that
 * asking for an unknown row costs the same as asking for a known one.
 */
export class TableCache<E> {
  readonly #source: TableSource<E>
  readonly #maxBytes: number
  readonly #entries = new Map<string, E | undefined>()
  #bytes = 0
  /** Counts invalidations: a row read before one of them may be stale and is not kept. */
  #epoch = 0

  constructor(source: TableSource<E>, maxBytes: number) {
    this.#source = source
    this.#maxBytes = maxBytes
  }

  async get(id: string): Promise<E | undefined> {
    const cached = this.#entries.get(id)
    if (cached !== undefined || this.#entries.has(id)) return cached
    const epoch = this.#epoch
    const entry = await this.#source.read(id)
    if (epoch === this.#epoch) this.#keep(id, entry)
    return entry
  }

  invalidate(id: string): void {
    this.#epoch++
    this.#drop(id)
  }

  clear(): void {
    this.#epoch++
    this.#entries.clear()
    this.#bytes = 0
  }

  #keep(id: string, entry: E | undefined): void {
    this.#drop(id)
    this.#entries.set(id, entry)
    this.#bytes += this.#weight(id, entry)
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= this.#maxBytes) return
      this.#drop(oldest)
    }
  }

  #drop(id: string): void {
    if (!this.#entries.has(id)) return
    this.#bytes -= this.#weight(id, this.#entries.get(id))
    this.#entries.delete(id)
  }

  #weight(id: string, entry: E | undefined): number {
    return ENTRY_OVERHEAD_BYTES + id.length * 2 + (entry === undefined ? 0 : this.#source.bytes(entry))
  }
}

/** What the entries of one table may take. */
const MAX_BYTES_PER_TABLE = 64 * 2 ** 20

/** A cache of a table's records. */
export function cachedTable<T>(table: Table<T>, records: Records): TableCache<Authentic<T>> {
  return new TableCache({ read: (id) => records.byId(table, id), bytes: ({ bytes }) => bytes }, MAX_BYTES_PER_TABLE)
}

/** A cache of what is made of a table's records, each once. */
export function derivedTable<T, V extends { stored: Authentic<T> }>(
  table: Table<T>,
  records: Records,
  derive: (stored: Authentic<T>) => V,
): TableCache<V> {
  const read = async (id: string): Promise<V | undefined> => {
    const stored = await records.byId(table, id)
    return stored && derive(stored)
  }
  return new TableCache({ read, bytes: ({ stored }) => stored.bytes }, MAX_BYTES_PER_TABLE)
}

/** A cache of rows that `read` reads and verifies. */
export function cachedRows<T>(
  read: (id: string) => Promise<Row | undefined>,
  load: (row: Row) => T | Promise<T>,
): TableCache<Entry<T>> {
  const entry = async (id: string): Promise<Entry<T> | undefined> => {
    const row = await read(id)
    return row && { row, value: await load(row) }
  }
  const bytes = ({ row: { body, sealed } }: Entry<T>): number => body.length * 2 + (sealed?.byteLength ?? 0)
  return new TableCache({ read: entry, bytes }, MAX_BYTES_PER_TABLE)
}
