import type { BoundPolicy } from '../../src/domain/policy/bound-policy.ts'
import type { Caller } from '../../src/identity/accounts/caller.ts'
import {
  rolePrincipal,
  rootPrincipal,
  servicePrincipal,
  userPrincipal,
} from '../../src/identity/accounts/principals.ts'
import { type EntityNameRecord, entityNameTable } from '../../src/vault/records/entity-name.ts'
import { type ManagedPolicyRecord, managedPolicyTable } from '../../src/vault/records/managed-policy.ts'
import {
  principalTable,
  type RoleRecord,
  type ServiceRecord,
  type UserRecord,
} from '../../src/vault/records/principal.ts'
import { Changeset } from '../../src/vault/records/changeset.ts'
import type { Table } from '../../src/vault/records/table.ts'
import { ACCOUNT, REGION, type TestService } from './service.ts'

interface Wanted {
  accountId?: string
  /** Inline policies: statements by name. */
  inline?: Record<string, object>
  attached?: string[]
  boundary?: string
  tags?: Record<string, string>
  path?: string
}

/** Creates a user as IAM would, and calls as this user. */
export async function addUser(service: TestService, userName: string, wanted: Wanted = {}): Promise<Caller> {
  const principalId = `AIDA${userName.toUpperCase().padEnd(16, 'A')}`
  const user: UserRecord = { ...entity(service, wanted), type: 'IAMUser', principalId, userName, groups: [] }
  await addEntity(service, { kind: 'user', entityId: principalId, name: userName }, principalTable, user)
  return { ...userPrincipal(user), accessKeyId: 'AKIATEST', region: REGION, service: 'kms' }
}

/** Makes a role, and calls as one of its sessions. */
export async function addRole(
  service: TestService,
  roleName: string,
  wanted: Wanted & { trust?: BoundPolicy; session?: string } = {},
): Promise<Caller> {
  const { trust = { text: '{"Version":"2012-10-17","Statement":[]}' }, session = 'session' } = wanted
  const principalId = `AROA${roleName.toUpperCase().padEnd(16, 'A')}`
  const role: RoleRecord = {
    ...entity(service, wanted),
    type: 'Role',
    principalId,
    roleName,
    trust,
    description: '',
    maxSessionSeconds: 3600,
  }
  await addEntity(service, { kind: 'role', entityId: principalId, name: roleName }, principalTable, role)
  return { ...rolePrincipal(role, session), accessKeyId: 'ASIATEST', region: REGION, service: 'kms' }
}

/** Makes a managed policy as IAM would, and returns its ARN. */
export async function addManagedPolicy(service: TestService, name: string, ...statements: object[]): Promise<string> {
  const id = `ANPA${name.toUpperCase().padEnd(16, 'A')}`
  const createdMs = service.clock.now()
  const record: ManagedPolicyRecord = {
    policyId: id,
    policyName: name,
    accountId: ACCOUNT,
    path: '/',
    description: '',
    tags: [],
    createdMs,
    updatedMs: createdMs,
    versions: [{ versionId: 'v1', text: policyOf(...statements), createdMs }],
    defaultVersion: 'v1',
    nextVersion: 2,
    attachments: 0,
    boundaries: 1,
  }
  await addEntity(service, { kind: 'policy', entityId: id, name }, managedPolicyTable, record)
  return `arn:aws:iam::${ACCOUNT}:policy/${name}`
}

/** Registers a service, and calls as it. */
export async function addService(service: TestService, name: string, accountId = ACCOUNT): Promise<Caller> {
  const record: ServiceRecord = { type: 'Service', principalId: name, accountId, createdMs: service.clock.now() }
  const changes = new Changeset()
  changes.insert(principalTable, record)
  await service.services.records.commit(changes)
  return { ...servicePrincipal(record), accessKeyId: 'AKIASERVICE', region: REGION, service: 'kms' }
}

/** The root of an account: only callers of a development server have its credentials. */
export function rootOf(accountId = ACCOUNT): Caller {
  return { ...rootPrincipal(accountId), accessKeyId: accountId, region: REGION, service: 'kms' }
}

/** A policy of one statement. */
export function policyOf(...statements: object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements })
}

/** All of KMS, for identity policies. */
export const ALLOW_KMS = { Effect: 'Allow', Action: 'kms:*', Resource: '*' }

function entity(
  service: TestService,
  { accountId = ACCOUNT, path = '/', ...wanted }: Wanted,
): Omit<UserRecord, 'type' | 'principalId' | 'userName' | 'groups'> {
  const { inline = {}, attached = [], boundary, tags = {} } = wanted
  return {
    accountId,
    path,
    createdMs: service.clock.now(),
    inline: Object.fromEntries(Object.entries(inline).map(([name, statement]) => [name, policyOf(statement)])),
    attached: attached.map((arn) => ({ arn })),
    ...(boundary !== undefined && { boundary: { arn: boundary } }),
    tags: Object.entries(tags).map(([TagKey, TagValue]) => ({ TagKey, TagValue })),
  }
}

/** Stores an entity with its name. */
export async function addEntity<T, R extends T & { accountId: string; path: string }>(
  { services }: TestService,
  named: Pick<EntityNameRecord, 'kind' | 'entityId' | 'name'>,
  table: Table<T>,
  record: R,
): Promise<void> {
  const { accountId, path } = record
  const changes = new Changeset()
  changes.insert(table, record)
  changes.insert(entityNameTable, { accountId, path, ...named })
  await services.records.commit(changes)
}
