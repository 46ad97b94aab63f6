import type { IdentityPolicies, NamedPolicy } from '../authorization/access.ts'
import { awsManagedPolicy } from '../identity/aws-policies.ts'
import { IntegrityError } from '../hierarchy/hierarchy.ts'
import type {
  EntityRecord,
  GroupRecord,
  ManagedPolicyRecord,
  PrincipalRecord,
  RoleRecord,
  UserRecord,
} from '../identity/records.ts'
import type { CompiledPolicies } from './compiled-policies.ts'

/** What a user or role may do, as its own policies have it. */
export interface Permissions {
  record: UserRecord | RoleRecord
  identity: IdentityPolicies
  /** Whether a policy asks for the aliases of the key, which are looked up only then. */
  asksForAliases: boolean
}

/** Where the parts are found. */
export interface PermissionSource {
  principal(principalId: string): Promise<PrincipalRecord | undefined>
  group(groupId: string): Promise<GroupRecord | undefined>
  managedPolicy(arn: string): Promise<ManagedPolicyRecord | undefined>
}

/**
 * Gathers all policies of a principal. A part that its record names and that is not there is a fault, not an absence: it
 * may have held a denial.
 */
export async function gatherPermissions(
  principalId: string,
  source: PermissionSource,
  compiled: CompiledPolicies,
): Promise<Permissions | undefined> {
  const record = await source.principal(principalId)
  if (record === undefined || record.type === 'Service') return undefined
  const texts: { name: string; text: string }[] = await entityPolicies('', record, source)
  for (const groupId of record.type === 'IAMUser' ? record.groups : []) {
    const group = present(await source.group(groupId), `group ${groupId}`)
    texts.push(...(await entityPolicies(`group/${group.groupName}/`, group, source)))
  }
  const boundary = record.boundary === undefined ? undefined : await managedText(record.boundary, source)
  const named = ({ name, text }: { name: string; text: string }): NamedPolicy =>
    compiled.named(name, 'identity', { text })
  return {
    record,
    identity: { policies: texts.map(named), ...(boundary && { boundary: named(boundary) }) },
    asksForAliases: [...texts, ...(boundary ? [boundary] : [])].some(({ text }) => asksForAliases(text)),
  }
}

/** Whether a document names the condition key `kms:ResourceAliases`, in any case. */
export function asksForAliases(text: string): boolean {
  return /kms:resourcealiases/i.test(text)
}

async function entityPolicies(
  prefix: string,
  { inline, attached }: EntityRecord,
  source: PermissionSource,
): Promise<{ name: string; text: string }[]> {
  const own = Object.entries(inline).map(([name, text]) => ({ name: prefix + name, text }))
  const managed = await Promise.all(attached.map((arn) => managedText(arn, source)))
  return [...own, ...managed]
}

async function managedText(arn: string, source: PermissionSource): Promise<{ name: string; text: string }> {
  const ofAws = awsManagedPolicy(arn)
  if (ofAws) return { name: arn, text: ofAws.text }
  const record = present(await source.managedPolicy(arn), `policy ${arn}`)
  const version = record.versions.find(({ versionId }) => versionId === record.defaultVersion)
  return { name: arn, text: present(version, `default version of ${arn}`).text }
}

function present<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new IntegrityError(`the ${what} is named by a principal, and is not there`)
  return value
}
