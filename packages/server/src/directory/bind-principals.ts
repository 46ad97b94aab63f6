import { parseArn } from '@keyhold/protocol'
import type { PrincipalKind, PrincipalName } from '../authorization/policy/document.ts'
import { nameInArn, sessionInArn } from '../identity/entity-arns.ts'
import type { Directory } from './directory.ts'

/** The ids of the users and roles that a document names, or the first of its principals that nobody may be named by. */
export type Binding =
  | { bindings: Readonly<Record<string, string>>; unknown?: undefined }
  | { bindings?: undefined; unknown: PrincipalName }

/** Those who have names that somebody else may get, and kinds of which there is nobody here. All others stand for themselves. */
const BOUND: readonly PrincipalKind[] = ['user', 'role', 'session', 'federated-user', 'canonical-user']

/**
 * Looks up who the users, roles and role sessions are whom a document names, so that it goes on to mean them: as on AWS,
 * whoever gets the name of one that was deleted gets none of its rights.
 */
export async function bindPrincipals(names: readonly PrincipalName[], directory: Directory): Promise<Binding> {
  const bindings: Record<string, string> = {}
  for (const name of names) {
    // An id is only ever shown: put again, it would name a principal whose rights were to have ended.
    if (name.kind === 'id') return { unknown: name }
    if (!BOUND.includes(name.kind)) continue
    const id = await principalIdOf(name.text, directory)
    if (id === undefined) return { unknown: name }
    bindings[name.text] = id
  }
  return { bindings }
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
