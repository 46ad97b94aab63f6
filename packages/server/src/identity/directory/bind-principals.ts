import { parseArn } from '@keyhold/protocol'
import { IDENTITY_PARTITION, isPartitionOfAccounts } from '../../domain/policy/language/account-partition.ts'
import type { PrincipalKind, PrincipalName } from '../../domain/policy/language/document.ts'
import { principalTexts } from '../../domain/policy/language/principal-texts.ts'
import type { BoundPolicy } from '../../domain/policy/bound-policy.ts'
import { nameInArn, sessionInArn } from '../accounts/entity-arns.ts'
import type { Directory } from './directory.ts'
import { isKnownAccount, isKnownProvider, isKnownService, type KnownParties } from './known-parties.ts'

/** The ids of the users and roles that a document names, or the first of its principals that is nobody's name here. */
export type Binding =
  | { bindings: Readonly<Record<string, string>>; unknown?: undefined }
  | { bindings?: undefined; unknown: PrincipalName }

/** Those who have names that somebody else may get, and kinds of which there is nobody here. */
const BOUND: readonly PrincipalKind[] = ['user', 'role', 'session', 'canonical-user']

/**
 * Looks up the users, roles and role sessions that a document names, so that it goes on to mean them: as on AWS, a later
 * user of the same name gets none of the rights of one that was deleted. An account, service or provider that is not known
 * here is refused for the same reason. `partition` is that of the document's resource.
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

/** Whether a name that has no id behind it may be put. */
async function standsForItself(name: PrincipalName, known: KnownParties, ofResource: string): Promise<boolean> {
  const { kind, text, accountId = '', partition } = name
  switch (kind) {
    // There is nobody behind the name until a user calls GetFederationToken under it, and no id to bind it to.
    case 'federated-user':
    case 'account':
      return isPartitionOfAccounts(partition, ofResource) && isKnownAccount(accountId, known)
    case 'service':
      return isKnownService(text, known)
    case 'federated':
      return isKnownProvider(text, known)
    // An id is only ever shown: put again, it would name a principal whose rights were to have ended.
    case 'id':
      return false
    default:
      return true
  }
}

/**
 * The ids of those among the names that somebody has; `undefined` where there is no name to be bound. For documents that
 * are stored already: a name that is missing here is nobody's.
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
 * A document that is stored unread, as where nothing is enforced: bound to those whom it names and who are here. Its other
 * names are nobody's, should it ever be enforced. `text` must be an object of JSON, and need be no policy.
 */
export async function boundUnread(text: string, directory: Directory): Promise<BoundPolicy> {
  const bindings: Record<string, string> = {}
  for (const { value } of principalTexts(text)) {
    const id = await principalIdOf(value, directory)
    if (id !== undefined) bindings[value] = id
  }
  return { text, bindings }
}

/** The immutable id of the user, role or role session of this ARN. */
export async function principalIdOf(arn: string, directory: Directory): Promise<string | undefined> {
  const parsed = parseArn(arn)
  for (const kind of ['user', 'role'] as const) {
    const named = nameInArn(kind, parsed)
    const entry = named && (await directory.entityName(named.accountId, kind, named.name))
    // ARNs are compared exactly, so that one whose name or path differs in case is nobody's.
    if (entry && entry.value.path === named.path && entry.value.name === named.name) return entry.value.entityId
  }
  const session = sessionInArn(parsed)
  const role = session && (await directory.entityName(session.accountId, 'role', session.roleName))
  return role && role.value.name === session.roleName ? `${role.value.entityId}:${session.sessionName}` : undefined
}
