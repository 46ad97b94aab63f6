import type { GrantRecord } from '../../domain/policy/grant-record.ts'
import { GrantIndex } from '../../domain/policy/grants/grant-index.ts'
import type { Slices } from '../../platform/slices.ts'
import { grantTable, listedAs } from '../../vault/records/grant.ts'
import type { KeyName } from '../../domain/keys/record.ts'
import { keyTable } from '../../vault/records/key.ts'
import type { Records } from '../../vault/records/records.ts'
import type { Page } from '../../vault/storage/page.ts'

/** The grants on one key for one grantee. */
export type GrantList = GrantIndex<GrantRecord>

/** Reads grants. Everything that is returned is authentic; otherwise the promise rejects. */
export interface GrantSource {
  /** Returns a grant by the id of its row. */
  read(rowId: string): Promise<GrantRecord | undefined>
  /** Those on a key that are listed under this party, ascending by id. */
  list(key: KeyName, party: string, page: Page): Promise<{ id: string; value: GrantRecord }[]>
}

/** The cached grants of one key. */
interface OfKey {
  /** By what grants on this key are listed under: a grantee. */
  lists: Map<string, GrantList>
  /** By the same: a list that is being read, and the rows that have changed since that began. */
  loading: Map<string, { list: Promise<GrantList>; missed: Set<string> }>
  /** Rows that have changed since they were read. */
  stale: Set<string>
  settling: Promise<void> | undefined
}

/** Rows that are read, verified and filed in one turn of the event loop: about a millisecond. */
const ROWS_PER_TURN = 50
/** More grantees than use one key at a time. Callers choose them, so they must not fill memory. */
const MAX_LISTS_PER_KEY = 10_000

/**
 * A bounded cache of grants by key and grantee. After a change only the changed grant is read again, so that a list of
 * 50,000 is not read again for each grant that is created or retired. Reading a list is spread over many turns of the
 * event loop, so that other requests run in between.
 */
export class GrantLists {
  readonly #source: GrantSource
  readonly #slices: Slices
  readonly #maxGrants: number
  /** By the id of the key's row, in the order of their first read. */
  readonly #keys = new Map<string, OfKey>()
  #weight = 0

  /** `maxGrants` is the number of cached grants of all keys together; each key and each list counts as one more. */
  constructor(source: GrantSource, slices: Slices, maxGrants: number) {
    this.#source = source
    this.#slices = slices
    this.#maxGrants = maxGrants
  }

  /** The grants on a key that are listed under this party, as of the newest change that was told. */
  get(key: KeyName, party: string): GrantList | Promise<GrantList> {
    const ofKey = this.#keys.get(keyTable.id(key))
    const isCurrent = ofKey?.stale.size === 0 && ofKey.settling === undefined
    const list = isCurrent ? ofKey.lists.get(party) : undefined
    return list ?? this.#current(key, party)
  }

  /** A row of a grant was inserted, updated or deleted. */
  changed(rowId: string): void {
    const ofKey = this.#keys.get(keyRowOf(rowId))
    ofKey?.stale.add(rowId)
    for (const { missed } of ofKey?.loading.values() ?? []) missed.add(rowId)
  }

  /** Discards everything, because changes were missed. */
  clear(): void {
    this.#keys.clear()
    this.#weight = 0
  }

  async #current(key: KeyName, party: string): Promise<GrantList> {
    const keyRow = keyTable.id(key)
    const ofKey = this.#ofKey(keyRow)
    const list = await this.#loaded(ofKey, key, party)
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

  /** Concurrent callers share one read of a list. */
  #loaded(ofKey: OfKey, key: KeyName, party: string): Promise<GrantList> {
    const list = ofKey.lists.get(party)
    if (list) return Promise.resolve(list)
    const known = ofKey.loading.get(party)
    if (known) return known.list
    const missed = new Set<string>()
    const loading = this.#load(key, party).then((read) => {
      // What changed during the read can have been read before the change.
      for (const rowId of missed) ofKey.stale.add(rowId)
      this.#keep(ofKey, keyTable.id(key), party, read)
      return read
    })
    const done = loading.finally(() => ofKey.loading.delete(party))
    ofKey.loading.set(party, { list: done, missed })
    return done
  }

  async #load(key: KeyName, party: string): Promise<GrantList> {
    const list: GrantList = new GrantIndex()
    let after: string | undefined
    for (;;) {
      const grants = await this.#source.list(key, party, { after, limit: ROWS_PER_TURN })
      for (const { value } of grants) list.add(value)
      if (grants.length < ROWS_PER_TURN) return list
      after = grants.at(-1)?.id
      await this.#slices.next()
    }
  }

  /** Reads stale rows until none is left. */
  async #settle(ofKey: OfKey, keyRow: string): Promise<void> {
    let read = 0
    for (const rowId of ofKey.stale) {
      // Before the read: a change during it makes the row stale again.
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

  #replace(ofKey: OfKey, keyRow: string, rowId: string, grant: GrantRecord | undefined): void {
    const grantId = rowId.slice(keyRow.length + 1)
    let difference = 0
    for (const list of ofKey.lists.values()) if (list.remove(grantId)) difference -= 1
    const list = grant && ofKey.lists.get(listedAs(grant.grantee, grant))
    if (list) {
      list.add(grant)
      difference += 1
    }
    if (this.#keys.get(keyRow) === ofKey) this.#weight += difference
  }

  #keep(ofKey: OfKey, keyRow: string, party: string, list: GrantList): void {
    // Evicted during the read: only its waiting callers get it.
    if (this.#keys.get(keyRow) !== ofKey) return
    if (ofKey.lists.size >= MAX_LISTS_PER_KEY) {
      this.#weight -= weightOf(ofKey) - 1
      ofKey.lists.clear()
    }
    ofKey.lists.set(party, list)
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

/** Reads grants from the store. */
export function grantSource(records: Records): GrantSource {
  return {
    list: ({ region, keyId }, party, page) =>
      records.listByTarget(grantTable, { region, keyId, grantee: { arn: party } }, page),
    read: async (rowId) => (await records.byId(grantTable, rowId))?.value,
  }
}
