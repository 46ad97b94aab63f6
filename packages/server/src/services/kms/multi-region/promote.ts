import type { Entry } from '../../../vault/records/entry.ts'
import type { Hierarchy } from '../../../vault/hierarchy/hierarchy.ts'
import { withPrimary } from '../../../domain/keys/multi-region.ts'
import type { KeyRecord, MultiRegionKey } from '../../../domain/keys/record.ts'
import type { Changeset } from '../../../vault/storage/changeset.ts'
import type { Store } from '../../../vault/storage/store.ts'
import { relatedKeys, rewriteFamily } from './related-keys.ts'

/** Adds to `changes` what makes a replica the primary key, and the primary key its replica; both are Updating meanwhile. */
export async function promote(
  primary: Entry<MultiRegionKey>,
  replica: Entry<KeyRecord>,
  context: { store: Store; hierarchy: Hierarchy },
  changes: Changeset,
): Promise<void> {
  const family = withPrimary(primary.value.multiRegion, replica.value.region)
  await rewriteFamily([primary, replica], family, context, changes, () => ({ state: 'Updating' }))
  const related = await relatedKeys(primary.value, context)
  const others = related.filter(({ value }) => value.region !== replica.value.region)
  await rewriteFamily(others, family, context, changes)
}
