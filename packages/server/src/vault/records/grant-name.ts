import type { GrantRecord } from '../../domain/policy/grant-record.ts'
import { sha256 } from '../../crypto/sha256.ts'
import type { KeyName } from '../../domain/keys/record.ts'
import { keyTable } from './key.ts'
import { defineTable, firstPart } from './table.ts'

/** What names a row: the key, and the digest of what a named grant says. */
export interface GrantSubstance extends KeyName {
  digest: string
}

/** That a named grant is there, so that a second one that says the same is not made. */
export interface GrantNameRecord extends GrantSubstance {
  grantId: string
}

export const grantNameTable = defineTable({
  name: 'grant_name',
  id: ({ digest, ...key }: GrantSubstance) => `${keyTable.id(key)}/${digest}`,
  owner: (key: KeyName) => keyTable.id(key),
  domain: firstPart,
  read: ({ id, body }): GrantNameRecord => {
    const [region = '', keyId = '', digest = ''] = id.split('/')
    const { grantId } = JSON.parse(body) as Pick<GrantNameRecord, 'grantId'>
    return { region, keyId, digest, grantId }
  },
  body: ({ grantId }) => JSON.stringify({ grantId }),
  absence: 'The next request for the same grant makes a second one, which allows no more than the first.',
  dispensable: true,
})

/** What keeps a second grant that says the same from being made. */
export function substanceOf(grant: GrantRecord): GrantSubstance {
  const { region, keyId } = grant
  return { region, keyId, digest: sha256(substance(grant)) }
}

/** What two requests for the same grant have in common. */
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
