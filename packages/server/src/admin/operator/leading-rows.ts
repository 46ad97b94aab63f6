import type { GrantRecord } from '../../domain/policy/grant-record.ts'
import type { PolicyReference } from '../../domain/policy/policy-reference.ts'
import type { KeyRecord } from '../../domain/keys/record.ts'
import { aliasTable } from '../../vault/records/alias.ts'
import { type AttachmentRecord, attachmentTable } from '../../vault/records/attachment.ts'
import type { Changeset } from '../../vault/records/changeset.ts'
import type { EntityRecord } from '../../vault/records/entity.ts'
import { type EntityNameRecord, entityNameTable } from '../../vault/records/entity-name.ts'
import { grantTable } from '../../vault/records/grant.ts'
import { grantNameTable } from '../../vault/records/grant-name.ts'
import { waysTo } from '../../vault/records/grant-rows.ts'
import { type GroupRecord, groupTable } from '../../vault/records/group.ts'
import { instanceProfileTable } from '../../vault/records/instance-profile.ts'
import { keyTable } from '../../vault/records/key.ts'
import { managedPolicyTable } from '../../vault/records/managed-policy.ts'
import { membershipTable } from '../../vault/records/membership.ts'
import { type PrincipalRecord, principalTable } from '../../vault/records/principal.ts'
import type { Records } from '../../vault/records/records.ts'
import { retirableTable } from '../../vault/records/retirable.ts'
import type { RecordTable, Table } from '../../vault/records/table.ts'
import { everyRow } from '../../vault/storage/page.ts'

/** A record that only leads to another one, and is made from it again. */
export interface LeadingRecord {
  table: RecordTable
  id: string
  isMissing(records: Records): Promise<boolean>
  addTo(changes: Changeset): void
}

/**
 * The records that are missing of those that only lead to others: names, aliases, memberships, attachments and the lists of
 * retirable grants. The records that they lead to decide, and say which there must be: without them an owner
 * finds neither an alias nor a user to delete. A name that another has taken meanwhile stays that one's.
 */
export async function* missingLeadingRecords({ records }: { records: Records }): AsyncGenerator<LeadingRecord> {
  yield* missingTo(principalTable, (record) => toPrincipal(record, records), records)
  yield* missingTo(groupTable, (record) => toGroup(record, records), records)
  yield* missingTo(
    managedPolicyTable,
    ({ accountId, policyId, policyName, path }) => [
      name({ accountId, kind: 'policy', entityId: policyId, name: policyName, path }),
    ],
    records,
  )
  yield* missingTo(
    instanceProfileTable,
    ({ accountId, profileId, profileName, path }) => [
      name({ accountId, kind: 'instance-profile', entityId: profileId, name: profileName, path }),
    ],
    records,
  )
  yield* missingTo(keyTable, toKey, records)
  yield* missingTo(grantTable, toGrant, records)
}

/** Nothing is made from a record that Keyhold did not write: whatever reads it refuses it. */
async function* missingTo<T>(
  table: Table<T>,
  leadingTo: (record: T) => LeadingRecord[] | Promise<LeadingRecord[]>,
  records: Records,
): AsyncGenerator<LeadingRecord> {
  for await (const row of everyRow((page) => records.examined.list(table, page))) {
    if (!row.isAuthentic) continue
    for (const one of await leadingTo(row.value)) if (await one.isMissing(records)) yield one
  }
}

function leading<T>(table: Table<T>, record: NoInfer<T>): LeadingRecord {
  return {
    table: table.name,
    id: table.id(record),
    isMissing: async (records) => (await records.unread.get(table, record)) === undefined,
    addTo: (changes) => changes.insert(table, record),
  }
}

function name(record: EntityNameRecord): LeadingRecord {
  return leading(entityNameTable, record)
}

async function toPrincipal(record: PrincipalRecord, records: Records): Promise<LeadingRecord[]> {
  if (record.type === 'Service') return []
  const { accountId, principalId: entityId, path } = record
  const kind = record.type === 'Role' ? ('role' as const) : ('user' as const)
  const groups = record.type === 'IAMUser' ? record.groups : []
  const boundary = record.boundary ? [record.boundary] : []
  return [
    name({ accountId, kind, entityId, name: record.type === 'Role' ? record.roleName : record.userName, path }),
    ...groups.map((groupId) => leading(membershipTable, { groupId, principalId: entityId })),
    ...(await attachments(record, { kind, entityId, boundary }, records)),
  ]
}

async function toGroup(record: GroupRecord, records: Records): Promise<LeadingRecord[]> {
  const { accountId, groupId: entityId, groupName, path } = record
  return [
    name({ accountId, kind: 'group', entityId, name: groupName, path }),
    ...(await attachments(record, { kind: 'group', entityId, boundary: [] }, records)),
  ]
}

/** Earlier builds list an attachment under the policy's ARN: one that is there so is not missing. */
async function attachments(
  { accountId, attached }: EntityRecord,
  { boundary, ...holder }: Pick<AttachmentRecord, 'kind' | 'entityId'> & { boundary: readonly PolicyReference[] },
  records: Records,
): Promise<LeadingRecord[]> {
  const all = [
    ...attached.map((policy) => ({ ...holder, accountId, policy, how: 'policy' as const })),
    ...boundary.map((policy) => ({ ...holder, accountId, policy, how: 'boundary' as const })),
  ]
  const found: LeadingRecord[] = []
  for (const one of all) {
    const ofEarlierBuild = { ...one, policy: { arn: one.policy.arn } }
    if (await leading(attachmentTable, ofEarlierBuild).isMissing(records)) found.push(leading(attachmentTable, one))
  }
  return found
}

function toKey({ accountId, region, keyId: targetKeyId, aliases = [], createdMs }: KeyRecord): LeadingRecord[] {
  const common = { accountId, region, targetKeyId, createdMs, updatedMs: createdMs }
  return aliases.map((alias) => leading(aliasTable, { ...common, name: alias }))
}

function toGrant(grant: GrantRecord): LeadingRecord[] {
  const { named, retirable } = waysTo(grant)
  return [
    ...(named ? [leading(grantNameTable, named)] : []),
    ...(retirable ? [leading(retirableTable, retirable)] : []),
  ]
}
