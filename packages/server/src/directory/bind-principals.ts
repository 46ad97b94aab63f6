import { parseArn } from '@keyhold/protocol'
import { nameInArn } from '../identity/entity-arns.ts'
import type { Directory } from './directory.ts'

/** The ids of the users and roles that a document names, or the first name that is nobody's. */
export type Binding =
  | { bindings: Readonly<Record<string, string>>; unknown?: undefined }
  | { bindings?: undefined; unknown: string }

/**
 * Looks up who the users, roles and role sessions are whom a document names, so that it goes on to mean them: as on AWS,
 * whoever gets the name of one that was deleted gets none of its rights. `arns` are the document's AWS principals;
 * accounts, `*` and unique ids stand for themselves.
 */
export async function bindPrincipals(arns: readonly string[], directory: Directory): Promise<Binding> {
  const bindings: Record<string, string> = {}
  for (const arn of new Set(arns)) {
    if (standsForItself(arn)) continue
    const id = await principalIdOf(arn, directory)
    if (id === undefined) return { unknown: arn }
    bindings[arn] = id
  }
  return { bindings }
}

function standsForItself(text: string): boolean {
  return (
    text === '*' ||
    /^\d{12}$/.test(text) ||
    /^arn:aws[a-z-]*:iam::\d{12}:root$/.test(text) ||
    /^A[A-Z]{3}[A-Z0-9]{12,}$/.test(text)
  )
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
  const [type, roleName, sessionName] = parsed?.service === 'sts' ? parsed.resource.split('/') : []
  if (type !== 'assumed-role' || roleName === undefined || sessionName === undefined) return undefined
  const role = await directory.entityName(parsed?.account ?? '', 'role', roleName)
  return role && role.value.name === roleName ? `${role.value.entityId}:${sessionName}` : undefined
}
