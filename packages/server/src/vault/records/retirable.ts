import type { KeyName } from '../../domain/keys/record.ts'
import { defineTable, firstPart } from './table.ts'

/** The owner of the grants that a principal can retire, for listing. */
export interface RetiredBy {
  region: string
  /** The principal as its rows are listed (`listedAs`): its ARN, its id or the name of a service. */
  retiring: string
}

/** Which grant a principal may retire. */
export interface RetirableRecord extends KeyName, RetiredBy {
  grantId: string
}

export const retirableTable = defineTable({
  name: 'retirable',
  id: ({ region, retiring, grantId }: RetiredBy & { grantId: string }) => `${region}/${retiring}/${grantId}`,
  owner: ({ region, retiring }: RetiredBy) => `${region}/${retiring}`,
  domain: firstPart,
  read: ({ owner, body }): RetirableRecord => {
    const region = firstPart(owner)
    const { keyId, grantId } = JSON.parse(body) as Pick<RetirableRecord, 'keyId' | 'grantId'>
    return { region, retiring: owner.slice(region.length + 1), keyId, grantId }
  },
  body: ({ keyId, grantId }) => JSON.stringify({ keyId, grantId }),
  absence: 'ListRetirableGrants does not show the grant. Its retiring principal can retire it all the same.',
  dispensable: true,
})
