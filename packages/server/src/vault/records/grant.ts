import type { GrantParty } from '../../domain/policy/access.ts'
import { listedUnder } from '../../domain/policy/grant-parties.ts'
import type { GrantRecord } from '../../domain/policy/grant-record.ts'
import { sha256 } from '../../crypto/sha256.ts'
import { body } from './entry.ts'
import type { Entry } from './entry.ts'
import type { Hierarchy } from '../hierarchy/hierarchy.ts'
import { grantRowId, grantTarget, keyRowId, retirableOwner, retirableRowId } from '../storage/row-ids.ts'
import type { Changeset } from '../storage/changeset.ts'
import type { Expectation, Row, Store } from '../storage/store.ts'

/** The body of a row of table `retirable`: which grant a principal may retire. */
export interface RetirableRecord {
  keyId: string
  grantId: string
}

/** The body of a row of table `grant_name`. */
export interface GrantNameRecord {
  grantId: string
}

/** Which grant: the key may be one of another account. */
export interface GrantReference {
  region: string
  keyId: string
  grantId: string
  relisted?: true
}

/** A grant as it stands in the store now, which may be ahead of what this process knows; `undefined` where there is none. */
export async function storedGrant(
  { region, keyId, grantId }: GrantReference,
  { store, hierarchy }: { store: Store; hierarchy: Hierarchy },
): Promise<Entry<GrantRecord> | undefined> {
  const row = await store.get('grant', grantRowId(region, keyId, grantId))
  return row && { row, value: body<GrantRecord>(await hierarchy.verify(row)) }
}

/** A grant's row as it is from its making to its end: nothing changes it, but that an earlier build's is listed anew once. */
export function grantPresent(grant: GrantReference): Expectation {
  const { region, keyId, grantId } = grant
  return { table: 'grant', id: grantRowId(region, keyId, grantId), version: versionOf(grant) }
}

function versionOf({ relisted }: Pick<GrantReference, 'relisted'>): number {
  return relisted ? 2 : 1
}

/** The row of a named grant that keeps a second one that says the same from being made. */
export function grantNameRowId(grant: GrantRecord): string {
  return grantRowId(grant.region, grant.keyId, sha256(substance(grant)))
}

/** What two requests for one grant have in common. */
function substance({ name, operations, grantee, retiring, constraints }: GrantRecord): string {
  const sorted = (pairs: Readonly<Record<string, string>> | undefined): unknown =>
    pairs && Object.entries(pairs).toSorted(([a], [b]) => (a < b ? -1 : 1))
  const { encryptionContextEquals, encryptionContextSubset, sourceArn } = constraints ?? {}
  return JSON.stringify([
    name,
    operations.toSorted(),
    [grantee.arn, grantee.principalId],
    [retiring?.arn, retiring?.principalId],
    [sorted(encryptionContextEquals), sorted(encryptionContextSubset), sourceArn],
  ])
}

/** The rows of a new grant: itself, listed under its key and its grantee, and the way to it from who may retire it. */
export async function grantRows(grant: GrantRecord, hierarchy: Hierarchy): Promise<Row[]> {
  const { region, keyId, grantId, grantee, retiring } = grant
  const common = { dueMs: null, version: 1, sealed: null }
  const row = await hierarchy.authenticate({
    ...common,
    version: versionOf(grant),
    table: 'grant',
    id: grantRowId(region, keyId, grantId),
    owner: keyRowId(region, keyId),
    target: grantTarget(region, keyId, rowParty(grant, grantee)),
    body: JSON.stringify(grant),
  })
  const rows = [row]
  if (grant.name !== '') {
    const named: GrantNameRecord = { grantId }
    const place = {
      table: 'grant_name' as const,
      id: grantNameRowId(grant),
      owner: keyRowId(region, keyId),
      target: '',
    }
    rows.push(await hierarchy.authenticate({ ...common, ...place, body: JSON.stringify(named) }))
  }
  if (retiring === undefined) return rows
  const record: RetirableRecord = { keyId, grantId }
  const retirable = await hierarchy.authenticate({
    ...common,
    table: 'retirable',
    id: retirableRowId(region, rowParty(grant, retiring), grantId),
    owner: retirableOwner(region, rowParty(grant, retiring)),
    target: '',
    body: JSON.stringify(record),
  })
  return [...rows, retirable]
}

/** The name of the row that leads to a grant from who may retire it, if somebody may. */
function retirableOf(grant: GrantRecord): Parameters<Changeset['discard']>[0] | undefined {
  const { region, retiring, grantId } = grant
  return retiring && { table: 'retirable', id: retirableRowId(region, rowParty(grant, retiring), grantId) }
}

/** What the rows of a grant are listed under for one of its parties. */
function rowParty({ byIds }: GrantRecord, party: GrantParty): string {
  return byIds ? listedUnder(party) : party.arn
}

/**
 * Lists a grant of an earlier build under the ids of its parties in place of their ARNs, so that it is found after they
 * were renamed. `row` must have been authenticated. Nothing is added to `changes` for a grant that is listed so already,
 * or whose parties have no ids.
 */
export async function relistGrant(row: Row, hierarchy: Hierarchy, changes: Changeset): Promise<void> {
  const grant = JSON.parse(row.body) as GrantRecord
  const { grantee, retiring } = grant
  if (grant.byIds || (grantee.principalId === undefined && retiring?.principalId === undefined)) return
  const rows = await grantRows({ ...grant, byIds: true, relisted: true }, hierarchy)
  for (const next of rows) {
    if (next.table === 'grant') changes.update(next)
    else if (next.table === 'retirable' && retiring?.principalId !== undefined) changes.insert(next)
  }
  const former = retirableOf(grant)
  if (former && retiring?.principalId !== undefined) changes.discard(former)
}

/**
 * Takes a grant and the way to it away. Its row must have been authenticated: what else goes is read out of it. Whoever has
 * removed a row that leads to a grant does not keep the grant from ending.
 */
export function deleteGrant(row: Row, changes: Changeset): void {
  const grant = JSON.parse(row.body) as GrantRecord
  changes.delete(row)
  if (grant.name !== '') changes.discard({ table: 'grant_name', id: grantNameRowId(grant) })
  const retirable = retirableOf(grant)
  if (retirable) changes.discard(retirable)
}
