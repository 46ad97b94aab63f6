import type { GrantRecord } from '../../domain/policy/grant-record.ts'
import type { PolicyReference } from '../../domain/policy/policy-reference.ts'
import { body } from '../../vault/records/entry.ts'
import { IntegrityError, type Hierarchy } from '../../vault/hierarchy/hierarchy.ts'
import { type Attachment, attachmentId, attachmentRow } from '../../identity/accounts/attachment-rows.ts'
import { entityNameRow } from '../../identity/accounts/entity-rows.ts'
import { identityRow } from '../../identity/accounts/identity-row.ts'
import type { EntityRecord } from '../../vault/records/entity.ts'
import { type GroupRecord, readGroup } from '../../vault/records/group.ts'
import type { InstanceProfileRecord } from '../../vault/records/instance-profile.ts'
import type { ManagedPolicyRecord } from '../../vault/records/managed-policy.ts'
import { readPrincipal } from '../../vault/records/principal.ts'
import type { KeyRecord } from '../../domain/keys/record.ts'
import { aliasTable } from '../../vault/records/alias.ts'
import type { Changeset } from '../../vault/records/changeset.ts'
import { grantNameTable } from '../../vault/records/grant-name.ts'
import { waysTo } from '../../vault/records/grant-rows.ts'
import type { Records } from '../../vault/records/records.ts'
import { retirableTable } from '../../vault/records/retirable.ts'
import type { Table } from '../../vault/records/table.ts'
import { everyRow } from '../../vault/storage/every-row.ts'
import type { Row, Store, TableName } from '../../vault/storage/store.ts'

interface Context {
  store: Store
  hierarchy: Hierarchy
  records: Records
}

/** A row that only leads to another. */
export type Leading = { name: TableName; row: Row } | { name: TableName; table: Table<unknown>; record: unknown }

function leading<T>(table: Table<T>, record: NoInfer<T>): Leading {
  return { name: table.name, table, record }
}

/** Adds a row to `changes` that is missing. */
export function insertLeading(one: Leading, changes: Changeset): void {
  if ('row' in one) changes.insert(one.row)
  else changes.insert(one.table, one.record)
}

/** The lookup rows of each table, which can be recreated from its rows. */
const LEADING: Partial<Record<TableName, (row: Row, context: Context) => Promise<(Row | Leading)[]>>> = {
  principal: leadingToPrincipal,
  group: leadingToGroup,
  managed_policy: leadingToPolicy,
  instance_profile: leadingToProfile,
  key: leadingToKey,
  grant: leadingToGrant,
}

/**
 * Yields the missing lookup rows: names, aliases, memberships, attachments and the lists of retirable grants. The rows
 * that they refer to determine which must exist. Without lookup rows, an owner cannot find an alias or a user to delete
 * it. A name that another entity has taken meanwhile is left to that entity.
 */
export async function* missingLeadingRows(context: Context): AsyncGenerator<Leading> {
  for (const [table, leadingTo] of Object.entries(LEADING)) {
    for await (const row of everyRow((page) => context.store.list(table as TableName, page))) {
      yield* await missing(await ifAuthentic(row, leadingTo, context), context)
    }
  }
}

async function missing(rows: readonly (Row | Leading)[], { store, records }: Context): Promise<Leading[]> {
  const all = rows.map((one) => ('name' in one ? one : { name: one.table, row: one }))
  const present = await Promise.all(
    all.map((one) => ('row' in one ? store.get(one.name, one.row.id) : records.unread.get(one.table, one.record))),
  )
  return all.filter((_, index) => present[index] === undefined)
}

/** Nothing is recreated from a row that Keyhold did not write: every reader refuses it. */
async function ifAuthentic(
  row: Row,
  leadingTo: (row: Row, context: Context) => Promise<(Row | Leading)[]>,
  context: Context,
): Promise<(Row | Leading)[]> {
  try {
    return await leadingTo(await context.hierarchy.verify(row), context)
  } catch (error) {
    if (error instanceof IntegrityError) return []
    throw error
  }
}

async function leadingToPrincipal(row: Row, context: Context): Promise<Row[]> {
  const record = readPrincipal(row.body)
  if (record.type === 'Service') return []
  const id = record.principalId
  const kind = record.type === 'Role' ? ('role' as const) : ('user' as const)
  const name = record.type === 'Role' ? record.roleName : record.userName
  const groups = record.type === 'IAMUser' ? record.groups : []
  const memberships = groups.map((group) =>
    context.hierarchy.authenticate(identityRow('membership', `${group}/${id}`, group, {}, { target: id })),
  )
  const boundary = record.boundary ? [record.boundary] : []
  return [
    await entityNameRow({ kind, id, name, record }, 1, context.hierarchy),
    ...(await Promise.all(memberships)),
    ...(await attachments(record, { kind, entityId: id, boundary }, context)),
  ]
}

async function leadingToGroup(row: Row, context: Context): Promise<Row[]> {
  const record: GroupRecord = readGroup(row.body)
  const { groupId: id, groupName: name } = record
  return [
    await entityNameRow({ kind: 'group', id, name, record }, 1, context.hierarchy),
    ...(await attachments(record, { kind: 'group', entityId: id, boundary: [] }, context)),
  ]
}

/** Earlier builds list an attachment under the policy's ARN. Such a row counts as present. */
async function attachments(
  { accountId, attached }: EntityRecord,
  { boundary, ...holder }: Pick<Attachment, 'kind' | 'entityId'> & { boundary: readonly PolicyReference[] },
  { store, hierarchy }: Context,
): Promise<Row[]> {
  const all = [
    ...attached.map((policy) => ({ ...holder, accountId, policy, how: 'policy' as const })),
    ...boundary.map((policy) => ({ ...holder, accountId, policy, how: 'boundary' as const })),
  ]
  const rows: Row[] = []
  for (const one of all) {
    const ofEarlierBuild = attachmentId({ ...one, policy: { arn: one.policy.arn } })
    if ((await store.get('attachment', ofEarlierBuild)) === undefined) rows.push(await attachmentRow(one, hierarchy))
  }
  return rows
}

async function leadingToPolicy(row: Row, { hierarchy }: Context): Promise<Row[]> {
  const record = body<ManagedPolicyRecord>(row)
  const { policyId: id, policyName: name } = record
  return [await entityNameRow({ kind: 'policy', id, name, record }, 1, hierarchy)]
}

async function leadingToProfile(row: Row, { hierarchy }: Context): Promise<Row[]> {
  const record = body<InstanceProfileRecord>(row)
  const { profileId: id, profileName: name } = record
  return [await entityNameRow({ kind: 'instance-profile', id, name, record }, 1, hierarchy)]
}

async function leadingToKey(row: Row): Promise<Leading[]> {
  const { accountId, region, keyId: targetKeyId, aliases = [], createdMs } = body<KeyRecord>(row)
  const common = { accountId, region, targetKeyId, createdMs, updatedMs: createdMs }
  return aliases.map((name) => leading(aliasTable, { ...common, name }))
}

async function leadingToGrant(row: Row): Promise<Leading[]> {
  const { named, retirable } = waysTo(body<GrantRecord>(row))
  return [
    ...(named ? [leading(grantNameTable, named)] : []),
    ...(retirable ? [leading(retirableTable, retirable)] : []),
  ]
}
