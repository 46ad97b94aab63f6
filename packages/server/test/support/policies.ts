import type { ProposedCall } from '../../src/admin/access/proposed-call.ts'
import { nameInArn } from '../../src/identity/accounts/entity-arns.ts'
import { entityNameTable } from '../../src/vault/records/entity-name.ts'
import { type GroupRecord, groupTable } from '../../src/vault/records/group.ts'
import { type ManagedPolicyRecord, managedPolicyTable } from '../../src/vault/records/managed-policy.ts'
import { principalTable, type RoleRecord, type UserRecord } from '../../src/vault/records/principal.ts'
import { Changeset } from '../../src/vault/records/changeset.ts'
import { policyTable } from '../../src/vault/records/policy.ts'
import type { RecordTable, Table } from '../../src/vault/records/table.ts'
import { tables } from '../../src/vault/records/tables.ts'
import { parseArn, type OperationName } from '@keyhold/protocol'
import { rewritten } from '../../src/host/assembly/earlier-builds/rewrite-row.ts'
import { addEntity, policyOf, rootOf } from './identities.ts'
import { ACCOUNT, REGION, type TestService } from './service.ts'

/** Makes a managed policy and returns its ARN. */
export async function addManagedPolicy(
  service: TestService,
  policyName: string,
  ...statements: object[]
): Promise<string> {
  const record: ManagedPolicyRecord = {
    policyId: `ANPA${policyName.toUpperCase().padEnd(16, 'A')}`,
    policyName,
    accountId: ACCOUNT,
    path: '/',
    description: '',
    tags: [],
    createdMs: 0,
    updatedMs: 0,
    versions: [{ versionId: 'v1', text: policyOf(...statements), createdMs: 0 }],
    defaultVersion: 'v1',
    nextVersion: 2,
    attachments: 0,
    boundaries: 0,
  }
  await addEntity(service, { kind: 'policy', entityId: record.policyId, name: policyName }, managedPolicyTable, record)
  return `arn:aws:iam::${ACCOUNT}:policy/${policyName}`
}

/** Makes a group with one inline policy, and puts the user into it. */
export async function addGroupOf(
  service: TestService,
  userName: string,
  groupName: string,
  statement: object,
): Promise<void> {
  const groupId = `AGPA${groupName.toUpperCase().padEnd(16, 'A')}`
  const record: GroupRecord = {
    groupId,
    groupName,
    accountId: ACCOUNT,
    path: '/',
    createdMs: 0,
    inline: { limits: policyOf(statement) },
    attached: [],
    members: 1,
  }
  await addEntity(service, { kind: 'group', entityId: groupId, name: groupName }, groupTable, record)
  const id = await entityId(service, 'user', userName)
  await change<UserRecord>(service, 'principal', id, (user) => ({ ...user, groups: [groupId] }))
}

/** Does what a proposed call asks for: KMS's through the service as the account's root, IAM's as IAM would. */
export async function applyCall(service: TestService, call: ProposedCall, accountId = ACCOUNT): Promise<void> {
  if ('byHand' in call) throw new Error(`this cannot be called: ${call.byHand}`)
  const { service: name, operation, input } = call
  if (name === 'kms') await service.ok(operation as OperationName, input, rootOf(accountId))
  else await applyIam(service, operation, input as Record<string, string>, accountId)
}

async function applyIam(
  service: TestService,
  operation: string,
  { UserName, RoleName, GroupName, PolicyName = '', PolicyArn = '', PolicyDocument: text = '' }: Record<string, string>,
  accountId: string,
): Promise<void> {
  const inline = <T extends UserRecord | RoleRecord | GroupRecord>(record: T): T => ({
    ...record,
    inline: { ...record.inline, [PolicyName]: text },
  })
  const kind = UserName === undefined ? 'role' : 'user'
  if (operation === 'PutUserPolicy' || operation === 'PutRolePolicy') {
    const id = await entityId(service, kind, UserName ?? RoleName ?? '', accountId)
    await change<UserRecord>(service, 'principal', id, inline)
  } else if (operation === 'PutGroupPolicy') {
    await change<GroupRecord>(service, 'group', await entityId(service, 'group', GroupName ?? ''), inline)
  } else if (operation === 'CreatePolicyVersion') {
    const named = nameInArn('policy', parseArn(PolicyArn))
    const id = await entityId(service, 'policy', named?.name ?? '')
    await change<ManagedPolicyRecord>(service, 'managed_policy', id, (record) => ({
      ...record,
      versions: [...record.versions, { versionId: 'v2', text, createdMs: 0 }],
      defaultVersion: 'v2',
    }))
  } else throw new Error(`no test applies ${operation}`)
}

/** Gives a key a policy that an earlier build stored and that can no longer be put. It may name accounts only. */
export async function storeKeyPolicy({ services }: TestService, keyId: string, text: string): Promise<void> {
  const id = policyTable.id({ region: REGION, keyId })
  await rewritten(policyTable, id, async (policy) => ({ ...policy, text, bindings: {} }), services.records)
}

/** Deletes a user or role, as IAM would. */
export async function removePrincipal(service: TestService, principalId: string): Promise<void> {
  const { records } = service.services
  const stored = await records.get(principalTable, { principalId })
  if (stored === undefined) throw new Error(`no principal ${principalId}`)
  const changes = new Changeset()
  changes.delete(stored)
  await records.commit(changes)
}

/** Replaces the record of a row. */
export async function change<T extends object>(
  service: TestService,
  table: RecordTable,
  id: string,
  edit: (record: T) => T,
): Promise<void> {
  const { records } = service.services
  const stored = await records.byId(tables[table] as unknown as Table<T>, id)
  if (stored === undefined) throw new Error(`no ${table} ${id}`)
  const changes = new Changeset()
  changes.update(stored, edit(stored.value))
  await records.commit(changes)
}

async function entityId(
  service: TestService,
  kind: 'user' | 'role' | 'group' | 'policy',
  name: string,
  accountId = ACCOUNT,
): Promise<string> {
  const stored = await service.services.records.get(entityNameTable, { accountId, kind, name })
  if (stored === undefined) throw new Error(`no ${kind} ${name}`)
  return stored.value.entityId
}
