import type { KeyRecord } from '../../../domain/keys/record.ts'
import { aliasTable } from '../../../vault/records/alias.ts'
import type { Authentic } from '../../../vault/records/authentic.ts'
import { Changeset } from '../../../vault/records/changeset.ts'
import { grantTable } from '../../../vault/records/grant.ts'
import { deleteGrant } from '../../../vault/records/grant-rows.ts'
import { keyUseTable } from '../../../vault/records/key-use.ts'
import { lastPlaces, placesOfGrants } from '../../../vault/records/last-places.ts'
import { materialTable } from '../../../vault/records/material.ts'
import { policyTable } from '../../../vault/records/policy.ts'
import type { RecordReader } from '../../../vault/records/records.ts'
import { settingTable } from '../../../vault/records/setting.ts'
import type { WaitOver } from '../../../vault/records/wait-over.ts'
import { type Destruction, noteDestruction } from './note-destruction.ts'
import { everyRow } from '../../../vault/storage/page.ts'

/** Fewer than a commit may hold, with the rows that belong to each grant. */
const GRANTS_PER_COMMIT = 1000

/** What the rows of a key are found with. */
interface Context {
  records: RecordReader
}

/**
 * Deletes grants of a key that is about to be deleted until the rest fits into the commit that deletes the key. Each commit
 * requires the unchanged row of the key. A deletion that stops here, and is cancelled then, has taken grants from a key that
 * stays: so `commit`, which gets their number, must record them. Resolves to false when a commit was lost to another writer.
 */
export async function deleteSurplusGrants(
  key: Authentic<KeyRecord>,
  over: WaitOver,
  { records }: Context,
  commit: (changes: Changeset, grants: number) => Promise<boolean>,
): Promise<boolean> {
  for (;;) {
    const more = await records.unread.listByOwner(grantTable, key.value, { limit: GRANTS_PER_COMMIT + 1 })
    if (more.length <= GRANTS_PER_COMMIT) return true
    const surplus = await records.listByOwner(grantTable, key.value, { limit: GRANTS_PER_COMMIT })
    const changes = new Changeset()
    changes.require(key)
    over.requireIn(changes)
    for (const grant of surplus) deleteGrant(grant, changes)
    if (!(await commit(changes, surplus.length))) return false
  }
}

/**
 * Adds to `changes` everything that dies with a key: its grants, material, policy, last use, aliases and record; and what
 * stays known of it. The conditions on each row make a deletion that was cancelled, or an alias that moved away, a conflict instead of a loss.
 */
export async function deleteKeyRows(
  { records }: Context,
  key: Authentic<KeyRecord>,
  over: WaitOver,
  destruction: Destruction,
  changes: Changeset,
): Promise<void> {
  const { region, keyId } = key.value
  const { unread } = records
  over.requireIn(changes)
  // What else goes with a grant is read out of it; of all other rows it is enough that they are the key's.
  for await (const grant of everyRow((page) => records.listByOwner(grantTable, key.value, page)))
    deleteGrant(grant, changes)
  const ofKey = everyRow((page) => records.examined.listByOwner(materialTable, key.value, page))
  const materials = await Array.fromAsync(ofKey)
  for (const material of materials) changes.delete(material)
  await noteDestruction(key.value, materials, destruction, { records }, changes)
  const target = { region, targetKeyId: keyId }
  for await (const alias of everyRow((page) => unread.listByTarget(aliasTable, target, page))) changes.delete(alias)
  for (const one of [await unread.get(policyTable, key.value), await unread.get(keyUseTable, key.value)])
    if (one) changes.delete(one)
  changes.discard(settingTable, { name: lastPlaces(placesOfGrants(key.id)) })
  changes.delete(key)
}
