import type { Entry } from '../directory/table-cache.ts'
import type { Hierarchy } from '../hierarchy/hierarchy.ts'
import { memberOf, withPrimary } from '../keys/multi-region.ts'
import type { KeyRecord, MultiRegionKey } from '../keys/record.ts'
import type { Changeset } from '../storage/changeset.ts'
import type { Store } from '../storage/store.ts'
import { relatedKeys, rewriteFamily, rewriteKey } from './related-keys.ts'

/** Adds to `changes` what makes a replica the primary key, and the primary key its replica; both are Updating meanwhile. */
export async function promote(
  primary: Entry<MultiRegionKey>,
  replica: Entry<KeyRecord>,
  context: { store: Store; hierarchy: Hierarchy },
  changes: Changeset,
): Promise<void> {
  const family = withPrimary(primary.value.multiRegion, replica.value.region)
  for (const key of [primary, replica]) {
    const multiRegion = memberOf(family, key.value.region)
    await rewriteKey(key, { state: 'Updating', multiRegion }, context, changes)
  }
  const related = await relatedKeys(primary.value, context)
  const others = related.filter(({ value }) => value.region !== replica.value.region)
  await rewriteFamily(others, family, context, changes)
}
