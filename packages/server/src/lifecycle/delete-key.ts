import { type Changeset } from '../storage/changeset.ts'
import { everyRow } from '../storage/every-row.ts'
import type { Row, Store } from '../storage/store.ts'

/**
 * Adds to `changes` everything that dies with a key: its material, policy, aliases and record. The conditions on
 * each row make a deletion that was cancelled, or an alias that moved away, a conflict instead of a loss.
 */
export async function deleteKeyRows(store: Store, key: Row, changes: Changeset): Promise<void> {
  for await (const material of everyRow((page) => store.listByOwner('material', key.id, page))) changes.delete(material)
  for await (const alias of everyRow((page) => store.listByTarget('alias', key.id, page))) changes.delete(alias)
  const policy = await store.get('policy', key.id)
  if (policy) changes.delete(policy)
  changes.delete(key)
}
