import { IntegrityError } from '../../../vault/hierarchy/sealing.ts'
import { type Family, memberOf, otherRegions } from '../../../domain/keys/multi-region.ts'
import type { KeyChange, KeyRecord } from '../../../domain/keys/record.ts'
import type { Changeset } from '../../../vault/records/changeset.ts'
import type { Authentic } from '../../../vault/records/authentic.ts'
import { keyTable } from '../../../vault/records/key.ts'
import type { RecordReader } from '../../../vault/records/records.ts'

/**
 * Multi-Region keys that are related have one id, and one row in each of their Regions. Whatever they have in common is
 * changed in all rows by one commit, so that no Region is ever behind another.
 */
interface Context {
  records: RecordReader
}

/** The keys that are related to this one, as they are stored now; none, for one that is not multi-Region. */
export function relatedKeys(key: KeyRecord, context: Context): Promise<Authentic<KeyRecord>[]> {
  return Promise.all(otherRegions(key).map((region) => relatedKey(key, region, context)))
}

/** The related key of one Region. A key that the others name and that is not there is a fault, not an absence. */
async function relatedKey({ keyId }: KeyRecord, region: string, { records }: Context): Promise<Authentic<KeyRecord>> {
  const key = await records.get(keyTable, { region, keyId })
  if (key === undefined) throw new IntegrityError(`the related key ${keyTable.id({ region, keyId })} is not there`)
  return key
}

/** Writes a key's record with `change` over it and in the same state, on condition that it is still what was read. */
export function rewriteKey(key: Authentic<KeyRecord>, change: KeyChange, changes: Changeset): KeyRecord {
  const record = { ...key.value, ...change }
  changes.update(key, record)
  return record
}

/** Tells keys that their family is another one now, and makes of each what `change` returns beside it. */
export async function rewriteFamily(
  keys: readonly Authentic<KeyRecord>[],
  family: Family,
  changes: Changeset,
  change: (key: KeyRecord) => Promise<KeyRecord> | KeyRecord = (key) => key,
): Promise<void> {
  for (const key of keys) {
    const multiRegion = memberOf(family, key.value.region)
    changes.update(key, { ...(await change(key.value)), multiRegion })
  }
}
