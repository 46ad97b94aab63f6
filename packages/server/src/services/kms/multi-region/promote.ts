import { withPrimary } from '../../../domain/keys/multi-region.ts'
import type { KeyRecord, MultiRegionKey } from '../../../domain/keys/record.ts'
import { withState } from '../../../domain/keys/state-changes.ts'
import type { Changeset } from '../../../vault/records/changeset.ts'
import type { Authentic } from '../../../vault/records/authentic.ts'
import type { RecordReader } from '../../../vault/records/records.ts'
import { relatedKeys, rewriteFamily } from './related-keys.ts'

/** Adds to `changes` what makes a replica the primary key, and the primary key its replica; both are Updating meanwhile. */
export async function promote(
  primary: Authentic<MultiRegionKey>,
  replica: Authentic<KeyRecord>,
  context: { records: RecordReader },
  changes: Changeset,
): Promise<void> {
  const family = withPrimary(primary.value.multiRegion, replica.value.region)
  await rewriteFamily([primary, replica], family, changes, (key) => withState(key, 'Updating'))
  const related = await relatedKeys(primary.value, context)
  const others = related.filter(({ value }) => value.region !== replica.value.region)
  await rewriteFamily(others, family, changes)
}
