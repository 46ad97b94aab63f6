import { parseArn } from '@keyhold/protocol'
import { IDENTITY_PARTITION, isPartitionOfAccounts } from '../../domain/policy/language/account-partition.ts'
import type { PrincipalKind, PrincipalName } from '../../domain/policy/language/document.ts'
import { principalTexts } from '../../domain/policy/language/principal-texts.ts'
import type { BoundPolicy } from '../../domain/policy/bound-policy.ts'
import { nameInArn, sessionInArn } from '../accounts/entity-arns.ts'
import type { Directory } from './directory.ts'
import { isKnownAccount, isKnownProvider, isKnownService, type KnownParties } from './known-parties.ts'

/** The ids of the users and roles that a policy names, or the first of its principals that does not exist here. */
export type Binding =
  | { bindings: Readonly<Record<string, string>>; unknown?: undefined }
  | { bindings?: undefined; unknown: PrincipalName }

/** Kinds of principals whose names can be reused, and kinds that do not exist here. */
const BOUND: readonly PrincipalKind[] = ['user', 'role', 'session', 'canonical-user']

/**
 * Looks up the users, roles and role sessions that a policy names, so that it keeps referring to them: as on AWS, a
 * later user of the same name gets none of the permissions of a deleted one. Unknown accounts, services and providers
 * are refused for the same reason. `partition` is that of the policy's resource.
 */
export async function bindPrincipals(
  names: readonly PrincipalName[],
  known: KnownParties,
  partition: string = IDENTITY_PARTITION,
): Promise<Binding> {
  const bindings: Record<string, string> = {}
  for (const name of names) {
    if (!BOUND.includes(name.kind)) {
      if (await standsForItself(name, known, partition)) continue
      return { unknown: name }
    }
    const id = await principalIdOf(name.text, known.directory)
    if (id === undefined) return { unknown: name }
    bindings[name.text] = id
  }
  return { bindings }
}

/** Returns whether a policy can contain a name that has no id. */
async function standsForItself(name: PrincipalName, known: KnownParties, ofResource: string): Promise<boolean> {
  const { kind, text, accountId = '', partition } = name
  switch (kind) {
    // A federated user exists only after a user calls GetFederationToken with that name, and has no id.
    case 'federated-user':
    case 'account':
      return isPartitionOfAccounts(partition, ofResource) && isKnownAccount(accountId, known)
    case 'service':
      return isKnownService(text, known)
    case 'federated':
      return isKnownProvider(text, known)
    // Ids are only for display. Put again, one would name a principal whose permissions have ended.
    case 'id':
      return false
    default:
      return true
  }
}

/**
 * Returns the ids of those names that exist, or `undefined` if no name needs binding. For stored policies: a name that
 * does not exist stays unbound.
 */
export async function bindKnownPrincipals(
  names: readonly PrincipalName[],
  directory: Directory,
): Promise<Readonly<Record<string, string>> | undefined> {
  const bound = names.filter(({ kind }) => BOUND.includes(kind))
  if (bound.length === 0) return undefined
  const ids = await Promise.all(bound.map(async ({ text }) => [text, await principalIdOf(text, directory)] as const))
  return Object.fromEntries(ids.filter((entry): entry is [string, string] => entry[1] !== undefined))
}

/**
 * Binds a policy that is stored unchecked, without enforcement, to the principals that it names and that exist. Its
 * other names stay unbound, even if policies are enforced later. `text` must be a JSON object and need not be a policy.
 */
export async function boundUnread(text: string, directory: Directory): Promise<BoundPolicy> {
  const bindings: Record<string, string> = {}
  for (const { value } of principalTexts(text)) {
    const id = await principalIdOf(value, directory)
    if (id !== undefined) bindings[value] = id
  }
  return { text, bindings }
}

/** Returns the immutable id of the user, role or role session of this ARN. */
export async function principalIdOf(arn: string, directory: Directory): Promise<string | undefined> {
  const parsed = parseArn(arn)
  for (const kind of ['user', 'role'] as const) {
    const named = nameInArn(kind, parsed)
    const entry = named && (await directory.entityName({ ...named, kind }))
    // ARNs are compared exactly: one whose name or path differs in case refers to no principal.
    if (entry && entry.value.path === named.path && entry.value.name === named.name) return entry.value.entityId
  }
  const session = sessionInArn(parsed)
  const role =
    session && (await directory.entityName({ accountId: session.accountId, kind: 'role', name: session.roleName }))
  return role && role.value.name === session.roleName ? `${role.value.entityId}:${session.sessionName}` : undefined
}
