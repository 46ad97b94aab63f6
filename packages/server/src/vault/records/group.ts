import { type EntityRecord, type StoredEntity, withReferences } from './entity.ts'

/** The body of a row of table `group`. */
export interface GroupRecord extends EntityRecord {
  groupId: string
  groupName: string
  /** How many users are in it; counted here so that deleting it and joining it cannot cross. */
  members: number
}

/** The body of a group's row, also of one that an earlier build wrote. */
export function readGroup(body: string): GroupRecord {
  return withReferences(JSON.parse(body) as StoredEntity<GroupRecord>)
}
