import type { RoleRecord } from './principal.ts'
import { defineTable, global } from './table.ts'

type Used = Pick<RoleRecord, 'principalId' | 'accountId'>

/** When and where credentials of a role were last used. */
export interface RoleUse {
  usedMs: number
  region: string
}

/** A last use, as far as it is written down. */
export interface RoleUseRecord extends Used, RoleUse {}

export const roleUseTable = defineTable({
  name: 'role_use',
  id: ({ principalId }: Pick<Used, 'principalId'>) => principalId,
  owner: ({ accountId }: Pick<Used, 'accountId'>) => accountId,
  domain: global,
  read: ({ id, owner, body }): RoleUseRecord => ({
    principalId: id,
    accountId: owner,
    ...(JSON.parse(body) as RoleUse),
  }),
  body: ({ usedMs, region }) => JSON.stringify({ usedMs, region }),
  absence: 'The role was not used yet, as far as it is written down.',
  dispensable: true,
})
