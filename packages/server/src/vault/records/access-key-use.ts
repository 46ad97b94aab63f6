import type { AccessKeyRecord } from './access-key.ts'
import { defineTable, global } from './table.ts'

type Used = Pick<AccessKeyRecord, 'accessKeyId' | 'principalId'>

/** When and for what an access key was last used. */
export interface AccessKeyUse {
  usedMs: number
  region: string
  service: string
}

/** A last use, as far as it is written down. */
export interface AccessKeyUseRecord extends Used, AccessKeyUse {}

export const accessKeyUseTable = defineTable({
  name: 'access_key_use',
  id: ({ accessKeyId }: Pick<Used, 'accessKeyId'>) => accessKeyId,
  owner: ({ principalId }: Pick<Used, 'principalId'>) => principalId,
  domain: global,
  read: ({ id, owner, body }): AccessKeyUseRecord => ({
    accessKeyId: id,
    principalId: owner,
    ...(JSON.parse(body) as AccessKeyUse),
  }),
  body: ({ usedMs, service, region }) => JSON.stringify({ usedMs, service, region }),
  absence: 'The access key was not used yet, as far as it is written down.',
  dispensable: true,
})
