import type { Hierarchy } from '../hierarchy/hierarchy.ts'
import { deleteGrant } from './grant.ts'
import { lastPlaces, placesOfGrants } from './last-places.ts'
import type { WaitOver } from './wait-over.ts'
import { Changeset } from '../storage/changeset.ts'
import { everyRow } from '../storage/every-row.ts'
import type { Row, Store } from '../storage/store.ts'

/** Fewer than a commit may hold, with the rows that belong to each grant. */
const GRANTS_PER_COMMIT = 1000

/**
 * Takes away the grants on a key that is about to be deleted, some at a time: there may be more than one commit holds. Each
 * commit is on condition that the key is still as it was.
 */
export async function deleteGrantsOf(
  key: Row,
  over: WaitOver,
  { store, hierarchy }: { store: Store; hierarchy: Hierarchy },
  commit: (changes: Changeset) => Promise<boolean>,
): Promise<boolean> {
  for (;;) {
    const grants = await store.listByOwner('grant', key.id, { limit: GRANTS_PER_COMMIT })
    if (grants.length === 0) return true
    const changes = new Changeset()
    changes.require(key)
    over.requireIn(changes)
    for (const grant of grants) deleteGrant(await hierarchy.verify(grant), changes)
    if (!(await commit(changes))) return false
  }
}

/**
 * Adds to `changes` everything that dies with a key: its material, policy, last use, aliases and record. The conditions on
 * each row make a deletion that was cancelled, or an alias that moved away, a conflict instead of a loss.
 */
export async function deleteKeyRows(store: Store, key: Row, over: WaitOver, changes: Changeset): Promise<void> {
  over.requireIn(changes)
  for await (const material of everyRow((page) => store.listByOwner('material', key.id, page))) changes.delete(material)
  for await (const alias of everyRow((page) => store.listByTarget('alias', key.id, page))) changes.delete(alias)
  for (const table of ['policy', 'key_use'] as const) {
    const row = await store.get(table, key.id)
    if (row) changes.delete(row)
  }
  changes.discard({ table: 'setting', id: lastPlaces(placesOfGrants(key.id)) })
  changes.delete(key)
}
