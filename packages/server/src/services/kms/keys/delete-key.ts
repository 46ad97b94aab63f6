import type { Hierarchy } from '../../../vault/hierarchy/hierarchy.ts'
import { deleteGrant } from '../../../vault/records/grant.ts'
import { lastPlaces, placesOfGrants } from '../../../vault/records/last-places.ts'
import type { WaitOver } from '../../../vault/records/wait-over.ts'
import { Changeset } from '../../../vault/storage/changeset.ts'
import { everyRow } from '../../../vault/storage/every-row.ts'
import type { Row, Store } from '../../../vault/storage/store.ts'

/** Fewer than a commit may hold, with the rows that belong to each grant. */
const GRANTS_PER_COMMIT = 1000

/** What the rows of a key are found with. */
interface Context {
  store: Store
  hierarchy: Hierarchy
}

/**
 * Deletes grants of a key that is about to be deleted until the rest fits into the commit that deletes the key. Each commit
 * requires the unchanged row of the key. A deletion that stops here, and is cancelled then, has taken grants from a key that
 * stays: so `commit`, which gets their number, must record them. Resolves to false when a commit was lost to another writer.
 */
export async function deleteSurplusGrants(
  key: Row,
  over: WaitOver,
  context: Context,
  commit: (changes: Changeset, grants: number) => Promise<boolean>,
): Promise<boolean> {
  for (;;) {
    const grants = await context.store.listByOwner('grant', key.id, { limit: GRANTS_PER_COMMIT + 1 })
    if (grants.length <= GRANTS_PER_COMMIT) return true
    const surplus = grants.slice(0, GRANTS_PER_COMMIT)
    const changes = new Changeset()
    changes.require(key)
    over.requireIn(changes)
    for (const grant of surplus) deleteGrant(await context.hierarchy.verify(grant), changes)
    if (!(await commit(changes, surplus.length))) return false
  }
}

/**
 * Adds to `changes` everything that dies with a key: its grants, material, policy, last use, aliases and record. The
 * conditions on each row make a deletion that was cancelled, or an alias that moved away, a conflict instead of a loss.
 */
export async function deleteKeyRows(
  { store, hierarchy }: Context,
  key: Row,
  over: WaitOver,
  changes: Changeset,
): Promise<void> {
  over.requireIn(changes)
  for await (const grant of everyRow((page) => store.listByOwner('grant', key.id, page)))
    deleteGrant(await hierarchy.verify(grant), changes)
  for await (const material of everyRow((page) => store.listByOwner('material', key.id, page))) changes.delete(material)
  for await (const alias of everyRow((page) => store.listByTarget('alias', key.id, page))) changes.delete(alias)
  for (const table of ['policy', 'key_use'] as const) {
    const row = await store.get(table, key.id)
    if (row) changes.delete(row)
  }
  changes.discard({ table: 'setting', id: lastPlaces(placesOfGrants(key.id)) })
  changes.delete(key)
}
