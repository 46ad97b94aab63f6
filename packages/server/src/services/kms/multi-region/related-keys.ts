import { body } from '../../../vault/records/entry.ts'
import type { Entry } from '../../../vault/records/entry.ts'
import { type Hierarchy, IntegrityError } from '../../../vault/hierarchy/hierarchy.ts'
import { type Family, memberOf, otherRegions } from '../../../domain/keys/multi-region.ts'
import type { KeyRecord } from '../../../domain/keys/record.ts'
import type { Changeset } from '../../../vault/storage/changeset.ts'
import { keyRowId } from '../../../vault/storage/row-ids.ts'
import type { Store } from '../../../vault/storage/store.ts'
import { keyRow } from '../keys/new-key.ts'

/**
 * Multi-Region keys that are related have one id, and one row in each of their Regions. Whatever they have in common is
 * changed in all rows by one commit, so that no Region is ever behind another.
 */
interface Context {
  store: Store
  hierarchy: Hierarchy
}

/** The keys that are related to this one, as they are stored now; none, for one that is not multi-Region. */
export function relatedKeys(key: KeyRecord, context: Context): Promise<Entry<KeyRecord>[]> {
  return Promise.all(otherRegions(key).map((region) => relatedKey(key, region, context)))
}

/** The related key of one Region. A key that the others name and that is not there is a fault, not an absence. */
async function relatedKey(
  { keyId }: KeyRecord,
  region: string,
  { store, hierarchy }: Context,
): Promise<Entry<KeyRecord>> {
  const row = await store.get('key', keyRowId(region, keyId))
  if (row === undefined) throw new IntegrityError(`the related key ${keyRowId(region, keyId)} is not there`)
  return { row, value: body<KeyRecord>(await hierarchy.verify(row)) }
}

/** Writes a key's record with `change` over it, on condition that it is still what was read. */
export async function rewriteKey(
  { row, value }: Entry<KeyRecord>,
  change: Partial<KeyRecord>,
  { hierarchy }: Pick<Context, 'hierarchy'>,
  changes: Changeset,
): Promise<KeyRecord> {
  const record = { ...value, ...change }
  changes.update(await keyRow(hierarchy, record, row.version + 1))
  return record
}

/** Tells keys that their family is another one now, and whatever `change` says of each beside it. */
export async function rewriteFamily(
  keys: readonly Entry<KeyRecord>[],
  family: Family,
  context: Pick<Context, 'hierarchy'>,
  changes: Changeset,
  change: (key: KeyRecord) => Promise<Partial<KeyRecord>> | Partial<KeyRecord> = () => ({}),
): Promise<void> {
  for (const key of keys) {
    const multiRegion = memberOf(family, key.value.region)
    await rewriteKey(key, { ...(await change(key.value)), multiRegion }, context, changes)
  }
}
