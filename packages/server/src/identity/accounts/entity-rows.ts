import type { Hierarchy } from '../../vault/hierarchy/hierarchy.ts'
import type { Row, TableName } from '../../vault/storage/store.ts'
import type { EntityKind } from '../../vault/records/entity-name.ts'
import { identityRow } from './identity-row.ts'
import type { EntityNameRecord } from '../../vault/records/entity-name.ts'
import type { GroupRecord } from '../../vault/records/group.ts'
import type { InstanceProfileRecord } from '../../vault/records/instance-profile.ts'
import type { ManagedPolicyRecord } from '../../vault/records/managed-policy.ts'
import type { RoleRecord, UserRecord } from '../../vault/records/principal.ts'

/** A user, role, group, managed policy or instance profile with its immutable id and its name. */
export interface Entity {
  kind: EntityKind
  id: string
  name: string
  record: UserRecord | RoleRecord | GroupRecord | ManagedPolicyRecord | InstanceProfileRecord
}

const TABLE: Readonly<Record<EntityKind, TableName>> = {
  user: 'principal',
  role: 'principal',
  group: 'group',
  policy: 'managed_policy',
  'instance-profile': 'instance_profile',
}

/** Under which id the name is taken: names differ in more than case, among all of one kind in the account. */
export function entityNameId(accountId: string, kind: EntityKind, name: string): string {
  return `${accountId}/${kind}/${name.toLowerCase()}`
}

/** What names of one kind are listed under. */
export function entityNameOwner(accountId: string, kind: EntityKind): string {
  return `${accountId}/${kind}`
}

/** The row of an entity at `version`. */
export function entityRow(
  { kind, id, record }: Omit<Entity, 'name'>,
  version: number,
  hierarchy: Hierarchy,
): Promise<Row> {
  const target = 'roleId' in record ? record.roleId : ''
  return hierarchy.authenticate(identityRow(TABLE[kind], id, record.accountId, record, { target, version }))
}

/** The row that gives an entity its name, at `version`. */
export function entityNameRow({ kind, id, name, record }: Entity, version: number, hierarchy: Hierarchy): Promise<Row> {
  const { accountId, path } = record
  const body: EntityNameRecord = { entityId: id, name, path }
  const rowId = entityNameId(accountId, kind, name)
  return hierarchy.authenticate(
    identityRow('entity_name', rowId, entityNameOwner(accountId, kind), body, { target: id, version }),
  )
}

/** The rows of a new entity: itself and its name. */
export async function entityRows(entity: Entity, hierarchy: Hierarchy): Promise<Row[]> {
  return [await entityRow(entity, 1, hierarchy), await entityNameRow(entity, 1, hierarchy)]
}
