import type { Entry } from '../../vault/records/entry.ts'
import type { Row } from '../../vault/storage/store.ts'

export interface TableSource<T> {
  read(id: string): Promise<Row | undefined>
  /** Verifies the row and reads its value. Throws when the row is not authentic. */
  load(row: Row): Promise<T>
}

/** What an entry costs beside its body: objects, strings and the map's own slot, generously rounded. */
const ENTRY_OVERHEAD_BYTES = 1024

/**
 * A bounded cache of one table, told of every change by the directory. Absent rows are remembered too, so that
 * asking for an unknown row costs the same as asking for a known one.
 */
export class TableCache<T> {
  readonly #source: TableSource<T>
  readonly #maxBytes: number
  readonly #entries = new Map<string, Entry<T> | undefined>()
  #bytes = 0
  /** Counts invalidations: a row read before one of them may be stale and is not kept. */
  #epoch = 0

  constructor(source: TableSource<T>, maxBytes: number) {
    this.#source = source
    this.#maxBytes = maxBytes
  }

  async get(id: string): Promise<Entry<T> | undefined> {
    const cached = this.#entries.get(id)
    if (cached !== undefined || this.#entries.has(id)) return cached
    const epoch = this.#epoch
    const row = await this.#source.read(id)
    const entry = row && { row, value: await this.#source.load(row) }
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

  #keep(id: string, entry: Entry<T> | undefined): void {
    this.#drop(id)
    this.#entries.set(id, entry)
    this.#bytes += weight(id, entry)
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= this.#maxBytes) return
      this.#drop(oldest)
    }
  }

  #drop(id: string): void {
    if (!this.#entries.has(id)) return
    this.#bytes -= weight(id, this.#entries.get(id))
    this.#entries.delete(id)
  }
}

function weight(id: string, entry: Entry<unknown> | undefined): number {
  const characters = id.length + (entry?.row.body.length ?? 0)
  return ENTRY_OVERHEAD_BYTES + characters * 2 + (entry?.row.sealed?.byteLength ?? 0)
}
