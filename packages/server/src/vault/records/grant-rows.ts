import type { GrantRecord } from '../../domain/policy/grant-record.ts'
import type { Expectation } from '../storage/store.ts'
import type { Authentic } from './authentic.ts'
import type { Changeset } from './changeset.ts'
import { type GrantName, grantTable, listedAs } from './grant.ts'
import { type GrantNameRecord, grantNameTable, substanceOf } from './grant-name.ts'
import { type RetirableRecord, retirableTable } from './retirable.ts'

/** A grant as it is from its creation to its end: nothing changes it, but that an earlier build's is listed by ids once. */
export function grantPresent(grant: GrantName & Pick<GrantRecord, 'relisted'>): Expectation {
  return { table: 'grant', id: grantTable.id(grant), version: grant.relisted ? 2 : 1 }
}

/** Adds a new grant to `changes`, and the ways to it: from what it says, if it has a name, and from who may retire it. */
export function addGrant(grant: GrantRecord, changes: Changeset): void {
  changes.insert(grantTable, grant)
  const { named, retirable } = waysTo(grant)
  if (named) changes.insert(grantNameTable, named)
  if (retirable) changes.insert(retirableTable, retirable)
}

/** What leads to a grant: from what it says, if it has a name, and from who may retire it, if a principal may. */
export function waysTo(grant: GrantRecord): { named?: GrantNameRecord; retirable?: RetirableRecord } {
  const { region, keyId, grantId, name, retiring } = grant
  return {
    ...(name !== '' && { named: { ...substanceOf(grant), grantId } }),
    ...(retiring && { retirable: { region, retiring: listedAs(retiring, grant), keyId, grantId } }),
  }
}

/**
 * Lists a grant of an earlier build under the ids of its parties in place of their ARNs, so that it is found after they
 * were renamed. Adds nothing to `changes` for a grant that is listed so already, or whose parties have no ids.
 */
export function relistGrant(stored: Authentic<GrantRecord>, changes: Changeset): void {
  const { value: grant } = stored
  const { grantee, retiring } = grant
  if (grant.byIds || (grantee.principalId === undefined && retiring?.principalId === undefined)) return
  const relisted: GrantRecord = { ...grant, byIds: true, relisted: true }
  changes.update(stored, relisted)
  if (retiring?.principalId === undefined) return
  const [former, next] = [waysTo(grant).retirable, waysTo(relisted).retirable]
  if (next) changes.insert(retirableTable, next)
  if (former) changes.discard(retirableTable, former)
}

/** Takes a grant and the ways to it away. Who removed a row that leads to a grant does not keep the grant from ending. */
export function deleteGrant(grant: Authentic<GrantRecord>, changes: Changeset): void {
  changes.delete(grant)
  const { named, retirable } = waysTo(grant.value)
  if (named) changes.discard(grantNameTable, named)
  if (retirable) changes.discard(retirableTable, retirable)
}
