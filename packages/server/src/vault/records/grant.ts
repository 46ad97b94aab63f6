import type { GrantParty } from '../../domain/policy/access.ts'
import { listedUnder } from '../../domain/policy/grant-parties.ts'
import type { GrantRecord } from '../../domain/policy/grant-record.ts'
import type { KeyName } from '../../domain/keys/record.ts'
import { keyTable } from './key.ts'
import { defineTable, firstPart, fromJson } from './table.ts'

/** What names a grant: the key may be one of another account. */
export interface GrantName extends KeyName {
  grantId: string
}

/** The grants on one key for one grantee. */
type ForGrantee = Pick<GrantRecord, 'region' | 'keyId' | 'grantee' | 'byIds'>

export const grantTable = defineTable({
  name: 'grant',
  id: ({ grantId, ...key }: GrantName) => `${keyTable.id(key)}/${grantId}`,
  owner: (key: KeyName) => keyTable.id(key),
  target: (grant: ForGrantee) => `${keyTable.id(grant)}/${listedAs(grant.grantee, grant)}`,
  domain: firstPart,
  read: fromJson<GrantRecord>,
  absence: 'The grant allows nothing: it was retired or revoked, or its key was deleted.',
})

/** What the rows of a grant are listed under for one of its parties. Grants of earlier builds are listed under ARNs. */
export function listedAs(party: GrantParty, { byIds }: Pick<GrantRecord, 'byIds'>): string {
  return byIds ? listedUnder(party) : party.arn
}
