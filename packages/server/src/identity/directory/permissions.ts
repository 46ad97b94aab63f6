import type { IdentityPolicies } from '../../domain/policy/access.ts'
import type { PolicyReference } from '../../domain/policy/policy-reference.ts'
import { awsManagedPolicy } from '../accounts/aws-policies.ts'
import { IntegrityError } from '../../vault/hierarchy/sealing.ts'
import type { EntityRecord } from '../../vault/records/entity.ts'
import type { GroupRecord } from '../../vault/records/group.ts'
import type { ManagedPolicyRecord } from '../../vault/records/managed-policy.ts'
import type { PrincipalRecord, RoleRecord, UserRecord } from '../../vault/records/principal.ts'
import type { CompiledPolicies, IdentityPolicy } from './compiled-policies.ts'

/** The permissions of a user or role by its own policies. */
export interface Permissions {
  record: UserRecord | RoleRecord
  identity: IdentityPolicies
  /** Whether a policy uses the aliases of the key, which are looked up only then. */
  asksForAliases: boolean
}

/** Looks up the parts. */
export interface PermissionSource {
  principal(principalId: string): Promise<PrincipalRecord | undefined>
  group(groupId: string): Promise<GroupRecord | undefined>
  /** Returns a customer managed policy. */
  managedPolicy(reference: PolicyReference): Promise<ManagedPolicyRecord | undefined>
}

/**
 * Collects all policies of a principal. A missing part that its record names is an error, because it can have contained
 * a deny.
 */
export async function gatherPermissions(
  principalId: string,
  source: PermissionSource,
  compiled: CompiledPolicies,
): Promise<Permissions | undefined> {
  const record = await source.principal(principalId)
  if (record === undefined || record.type === 'Service') return undefined
  const { policies, boundary } = await policyTexts(record, source)
  const own = policies.map((policy) => named(policy, compiled))
  const bound = boundary && named(boundary, compiled)
  return {
    record,
    identity: { policies: own, ...(bound && { boundary: bound }) },
    asksForAliases: [...own, ...(bound ? [bound] : [])].some((policy) => policy.asksForAliases),
  }
}

function named({ name, text, of }: PolicyText, compiled: CompiledPolicies): IdentityPolicy {
  const ofAws = of === 'aws-managed' ? awsManagedPolicy(name) : undefined
  return ofAws ? compiled.ofAws(ofAws) : compiled.identity(name, text)
}

/** A policy as it was put, with its origin. */
export interface PolicyText {
  /** The ARN of a managed policy, or the name of an inline policy with its group: `group/devs/limits`. */
  name: string
  text: string
  /** The owner of the inline or managed policy. */
  of: 'user' | 'role' | 'group' | 'aws-managed' | 'user-managed'
}

/** Returns the texts of all policies of a user, role or group, and of its boundary. */
export async function policyTexts(
  record: UserRecord | RoleRecord | GroupRecord,
  source: PermissionSource,
): Promise<{ policies: PolicyText[]; boundary?: PolicyText }> {
  if (!('type' in record)) return { policies: await entityPolicies('', 'group', record, source) }
  const policies = await entityPolicies('', record.type === 'Role' ? 'role' : 'user', record, source)
  for (const groupId of record.type === 'IAMUser' ? record.groups : []) {
    const group = present(await source.group(groupId), `group ${groupId}`)
    policies.push(...(await entityPolicies(`group/${group.groupName}/`, 'group', group, source)))
  }
  const { boundary } = record
  return { policies, ...(boundary !== undefined && { boundary: await managedText(boundary, source) }) }
}

async function entityPolicies(
  prefix: string,
  of: PolicyText['of'],
  { inline, attached }: EntityRecord,
  source: PermissionSource,
): Promise<PolicyText[]> {
  const own = Object.entries(inline).map(([name, text]) => ({ name: prefix + name, text, of }))
  const managed = await Promise.all(attached.map((reference) => managedText(reference, source)))
  return [...own, ...managed]
}

async function managedText(reference: PolicyReference, source: PermissionSource): Promise<PolicyText> {
  const { arn, id } = reference
  const text = present(await managedPolicyText(reference, source), id ? `policy ${id}, once ${arn},` : `policy ${arn}`)
  return { name: arn, text, of: awsManagedPolicy(arn) ? 'aws-managed' : 'user-managed' }
}

/** Returns the default version of a managed policy, or `undefined` if the policy does not exist. */
export async function managedPolicyText(
  reference: PolicyReference,
  source: Pick<PermissionSource, 'managedPolicy'>,
): Promise<string | undefined> {
  const ofAws = awsManagedPolicy(reference.arn)
  if (ofAws) return ofAws.text
  const record = await source.managedPolicy(reference)
  const version = record?.versions.find(({ versionId }) => versionId === record.defaultVersion)
  return record && present(version, `default version of ${reference.arn}`).text
}

function present<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new IntegrityError(`the ${what} that a principal refers to does not exist`)
  return value
}
