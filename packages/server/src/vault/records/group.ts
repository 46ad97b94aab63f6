import { type EntityRecord, type StoredEntity, withReferences } from './entity.ts'
import { defineTable, global, type Stored } from './table.ts'

/** The body of a row of table `group`. */
export interface GroupRecord extends EntityRecord {
  groupId: string
  groupName: string
  /** The number of its users, counted here so that deleting the group and joining it cannot both succeed. */
  members: number
}

/** Also one that an earlier build wrote. */
function readGroup({ body }: Stored): GroupRecord {
  return withReferences(JSON.parse(body) as StoredEntity<GroupRecord>)
}

export const groupTable = defineTable({
  name: 'group',
  id: ({ groupId }: Pick<GroupRecord, 'groupId'>) => groupId,
  owner: ({ accountId }: Pick<GroupRecord, 'accountId'>) => accountId,
  domain: global,
  read: readGroup,
  absence: 'The requests of its members fail: the group may have held a denial.',
})
