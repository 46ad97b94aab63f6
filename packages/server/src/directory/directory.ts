import type { KeyObject } from 'node:crypto'
import type { Secret } from '@keyhold/protocol'
import type { Hierarchy } from '../hierarchy/hierarchy.ts'
import type { AccessKeyRecord, PrincipalRecord } from '../identity/records.ts'
import type { AliasRecord, KeyRecord } from '../keys/record.ts'
import { aliasRowId, keyRowId, materialRowId } from '../storage/row-ids.ts'
import type { Change, Row, Store, TableName } from '../storage/store.ts'
import { ChangeFeed } from './change-feed.ts'
import { type Entry, TableCache } from './table-cache.ts'

export type KeyEntry = Entry<KeyRecord>
export type AliasEntry = Entry<AliasRecord>

/** A stored access key with its secret, unsealed. */
interface AccessKeyValue {
  record: AccessKeyRecord
  secret: Secret
}

const MAX_BYTES_PER_TABLE = 64 * 2 ** 20

/**
 * What requests look up, from memory where nothing changed since it was read. Every row is authenticated before its
 * first use; one that somebody edited throws IntegrityError.
 */
export class Directory {
  readonly #hierarchy: Hierarchy
  readonly #feed: ChangeFeed
  readonly #caches: Partial<Record<TableName, TableCache<unknown>>>
  readonly #keys: TableCache<KeyRecord>
  readonly #policies: TableCache<string>
  readonly #materials: TableCache<Row>
  readonly #aliases: TableCache<AliasRecord>
  readonly #principals: TableCache<PrincipalRecord>
  readonly #accessKeys: TableCache<AccessKeyValue>

  constructor(store: Store, hierarchy: Hierarchy) {
    this.#hierarchy = hierarchy
    this.#feed = new ChangeFeed(store, { changed: (change) => this.#changed(change), lost: () => this.#lost() })
    const cache = <T>(table: TableName, load: (row: Row) => T | Promise<T>): TableCache<T> =>
      new TableCache(
        { read: (id) => store.get(table, id), load: async (row) => load(await hierarchy.verify(row)) },
        MAX_BYTES_PER_TABLE,
      )
    this.#keys = cache('key', body<KeyRecord>)
    this.#policies = cache('policy', (row) => row.body)
    this.#materials = cache('material', (row) => row)
    this.#aliases = cache('alias', body<AliasRecord>)
    this.#principals = cache('principal', body<PrincipalRecord>)
    this.#accessKeys = cache('access_key', (row) => this.#loadAccessKey(row))
    this.#caches = {
      key: this.#keys,
      policy: this.#policies,
      material: this.#materials,
      alias: this.#aliases,
      principal: this.#principals,
      access_key: this.#accessKeys,
    }
  }

  /** Brings every cache up to the newest commit, whichever process made it. */
  catchUp(): Promise<void> {
    return this.#feed.catchUp()
  }

  key(region: string, keyId: string): Promise<KeyEntry | undefined> {
    return this.#keys.get(keyRowId(region, keyId))
  }

  /** The text of a key's policy, as it was put. */
  policy(region: string, keyId: string): Promise<Entry<string> | undefined> {
    return this.#policies.get(keyRowId(region, keyId))
  }

  alias(place: { accountId: string; region: string }, name: string): Promise<AliasEntry | undefined> {
    return this.#aliases.get(aliasRowId(place, name))
  }

  principal(principalId: string): Promise<Entry<PrincipalRecord> | undefined> {
    return this.#principals.get(principalId)
  }

  accessKey(accessKeyId: string): Promise<Entry<AccessKeyValue> | undefined> {
    return this.#accessKeys.get(accessKeyId)
  }

  /** One material of a key, ready for use, or `undefined` when the key has no such material (any more). */
  async material(region: string, keyId: string, materialId: string): Promise<KeyObject | undefined> {
    const entry = await this.#materials.get(materialRowId(region, keyId, materialId))
    return entry && this.#hierarchy.material(entry.row)
  }

  #changed({ table, id }: Change): void {
    this.#caches[table]?.invalidate(id)
    if (table === 'material') this.#hierarchy.forget(id)
    if (table === 'domain_key') this.#hierarchy.forgetAll() // another process may have made a new generation
  }

  #lost(): void {
    for (const cache of Object.values(this.#caches)) cache.clear()
    this.#hierarchy.forgetAll()
  }

  async #loadAccessKey(row: Row): Promise<AccessKeyValue> {
    const record = body<AccessKeyRecord>(row)
    if (row.sealed === null) throw new TypeError('an access key row without a sealed secret')
    const sealed = { generation: row.generation, bytes: row.sealed }
    return { record, secret: await this.#hierarchy.unseal('global', 'access-key', [row.id], sealed) }
  }
}

/** A row's body is written by this program and covered by its MAC, so its shape needs no second check. */
export function body<T>(row: Row): T {
  return JSON.parse(row.body) as T
}
