import type { GrantRecord } from '../../domain/policy/grant-record.ts'
import { GrantIndex } from '../../domain/policy/grants/grant-index.ts'
import type { Hierarchy } from '../../vault/hierarchy/hierarchy.ts'
import type { Slices } from '../../platform/slices.ts'
import type { Page, Row, Store } from '../../vault/storage/store.ts'

/** The grants on one key for one grantee. */
export type GrantList = GrantIndex<GrantRecord>

/** Where grants are read. Whatever is read is authentic, or the promise rejects. */
export interface GrantSource {
  /** One grant by the id of its row. */
  read(rowId: string): Promise<Row | undefined>
  /** Those that are listed under a target, ascending by id. */
  list(target: string, page: Page): Promise<Row[]>
}

/** What is in memory of one key's grants. */
interface OfKey {
  /** By target: a grantee of this key. */
  lists: Map<string, GrantList>
  /** By target: a list that is being read, and the rows that have changed since that began. */
  loading: Map<string, { list: Promise<GrantList>; missed: Set<string> }>
  /** Rows that have changed since they were read. */
  stale: Set<string>
  settling: Promise<void> | undefined
}

/** Rows that are read, verified and filed in one turn of the event loop: about a millisecond. */
const ROWS_PER_TURN = 50
/** More grantees than use one key at a time; callers choose them, so they must not fill memory. */
const MAX_LISTS_PER_KEY = 10_000

/**
 * A bounded cache of grants by key and grantee. A change reads the one grant again that it names, so that a list of
 * 50,000 is not read again for each grant that is created or retired; and reading one takes many turns of the event
 * loop, of which others get theirs.
 */
export class GrantLists {
  readonly #source: GrantSource
  readonly #slices: Slices
  readonly #maxGrants: number
  /** By the id of the key's row, the one read first before all others. */
  readonly #keys = new Map<string, OfKey>()
  #weight = 0

  /** `maxGrants`: how many grants are kept, of all keys together; each key and each list counts as one more. */
  constructor(source: GrantSource, slices: Slices, maxGrants: number) {
    this.#source = source
    this.#slices = slices
    this.#maxGrants = maxGrants
  }

  /** The grants under `target`, which is one of the key's, as of the newest change that was told. */
  get(keyRow: string, target: string): GrantList | Promise<GrantList> {
    const ofKey = this.#keys.get(keyRow)
    const isCurrent = ofKey?.stale.size === 0 && ofKey.settling === undefined
    const list = isCurrent ? ofKey.lists.get(target) : undefined
    return list ?? this.#current(keyRow, target)
  }

  /** A row of a grant was inserted, updated or deleted. */
  changed(rowId: string): void {
    const ofKey = this.#keys.get(keyRowOf(rowId))
    ofKey?.stale.add(rowId)
    for (const { missed } of ofKey?.loading.values() ?? []) missed.add(rowId)
  }

  /** It is unknown what changed. */
  clear(): void {
    this.#keys.clear()
    this.#weight = 0
  }

  async #current(keyRow: string, target: string): Promise<GrantList> {
    const ofKey = this.#ofKey(keyRow)
    const list = await this.#loaded(ofKey, keyRow, target)
    while (ofKey.stale.size > 0 || ofKey.settling) {
      ofKey.settling ??= this.#settle(ofKey, keyRow).finally(() => (ofKey.settling = undefined))
      await ofKey.settling
    }
    return list
  }

  #ofKey(keyRow: string): OfKey {
    const known = this.#keys.get(keyRow)
    if (known) return known
    const ofKey: OfKey = { lists: new Map(), loading: new Map(), stale: new Set(), settling: undefined }
    this.#keys.set(keyRow, ofKey)
    this.#weight += 1
    return ofKey
  }

  /** Whoever asks for a list that is being read waits for that. */
  #loaded(ofKey: OfKey, keyRow: string, target: string): Promise<GrantList> {
    const list = ofKey.lists.get(target)
    if (list) return Promise.resolve(list)
    const known = ofKey.loading.get(target)
    if (known) return known.list
    const missed = new Set<string>()
    const loading = this.#load(target).then((read) => {
      // What changed while it was read may have been read before the change.
      for (const rowId of missed) ofKey.stale.add(rowId)
      this.#keep(ofKey, keyRow, target, read)
      return read
    })
    const done = loading.finally(() => ofKey.loading.delete(target))
    ofKey.loading.set(target, { list: done, missed })
    return done
  }

  async #load(target: string): Promise<GrantList> {
    const list: GrantList = new GrantIndex()
    let after: string | undefined
    for (;;) {
      const rows = await this.#source.list(target, { after, limit: ROWS_PER_TURN })
      for (const row of rows) list.add(grantOf(row))
      if (rows.length < ROWS_PER_TURN) return list
      after = rows.at(-1)?.id
      await this.#slices.next()
    }
  }

  /** Reads what is stale, until nothing is. */
  async #settle(ofKey: OfKey, keyRow: string): Promise<void> {
    let read = 0
    for (const rowId of ofKey.stale) {
      // Before the reading: a change that comes during it makes the row stale again.
      ofKey.stale.delete(rowId)
      try {
        this.#replace(ofKey, keyRow, rowId, await this.#source.read(rowId))
      } catch (error) {
        ofKey.stale.add(rowId)
        throw error
      }
      if (++read % ROWS_PER_TURN === 0) await this.#slices.next()
    }
  }

  #replace(ofKey: OfKey, keyRow: string, rowId: string, row: Row | undefined): void {
    const grantId = rowId.slice(keyRow.length + 1)
    let difference = 0
    for (const list of ofKey.lists.values()) if (list.remove(grantId)) difference -= 1
    const list = row && ofKey.lists.get(row.target)
    if (list) {
      list.add(grantOf(row))
      difference += 1
    }
    if (this.#keys.get(keyRow) === ofKey) this.#weight += difference
  }

  #keep(ofKey: OfKey, keyRow: string, target: string, list: GrantList): void {
    // Forgotten while it was read: only those who wait for it get it.
    if (this.#keys.get(keyRow) !== ofKey) return
    if (ofKey.lists.size >= MAX_LISTS_PER_KEY) {
      this.#weight -= weightOf(ofKey) - 1
      ofKey.lists.clear()
    }
    ofKey.lists.set(target, list)
    this.#weight += list.size + 1
    for (const [oldest, { lists }] of this.#keys) {
      if (this.#weight <= this.#maxGrants) return
      if (oldest === keyRow) continue
      this.#weight -= weightOf({ lists })
      this.#keys.delete(oldest)
    }
  }
}

function weightOf({ lists }: Pick<OfKey, 'lists'>): number {
  let weight = 1 + lists.size
  for (const { size } of lists.values()) weight += size
  return weight
}

function keyRowOf(grantRow: string): string {
  return grantRow.slice(0, grantRow.lastIndexOf('/'))
}

function grantOf(row: Row): GrantRecord {
  return JSON.parse(row.body) as GrantRecord
}

/** Grants as they are stored. */
export function grantSource(store: Store, hierarchy: Pick<Hierarchy, 'verify'>): GrantSource {
  return {
    async list(target, page) {
      const rows = await store.listByTarget('grant', target, page)
      return Promise.all(rows.map((row) => hierarchy.verify(row)))
    },
    async read(rowId) {
      const row = await store.get('grant', rowId)
      return row && hierarchy.verify(row)
    },
  }
}
