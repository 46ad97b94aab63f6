import type { PolicyReference } from '../../domain/policy/policy-reference.ts'
import { awsManagedPolicy } from '../accounts/aws-policies.ts'
import type { Caller, Session } from '../accounts/caller.ts'
import { isDisabled } from '../accounts/principals.ts'
import type { GroupRecord } from '../../vault/records/group.ts'
import type { PrincipalRecord } from '../../vault/records/principal.ts'
import type { RowVersion } from '../../vault/records/changeset.ts'
import type { Directory } from './directory.ts'

type Holder = Pick<Caller, 'principal' | 'identityId' | 'accessKeyId' | 'session'>

/**
 * Returns the rows that identify a caller and contain the policies that allow their request: a change must not be
 * committed if another writer changed one of them. `stopped`: the access key, the session, or the service that acts was
 * disabled meanwhile.
 */
export async function rowsOfRights(caller: Holder, directory: Directory): Promise<RowVersion[] | 'stopped'> {
  const { principal, identityId = principal.principalId, accessKeyId, session } = caller
  const accessKey = session === undefined ? await directory.accessKey(accessKeyId) : undefined
  const service = session?.via && (await directory.principal(session.via.service))
  const madeWith = session === undefined ? [] : await keysOfSession(session, directory)
  if (madeWith === 'ended') return 'stopped'
  const record = await directory.principal(identityId)
  const principals = [record, service].filter((entry) => entry !== undefined)
  if (accessKey?.value.active === false || principals.some(({ value }) => isDisabled(value))) return 'stopped'
  const groups = record?.value.type === 'IAMUser' ? record.value.groups : []
  const members = await Promise.all(groups.map((id) => directory.group(id)))
  const holders = [record, ...members].flatMap((entry) => (entry ? [entry.value] : []))
  const references = [...holders.flatMap((one) => referencesOf(one)), ...(session?.managedPolicies ?? [])]
  const own = references.filter(({ arn }) => !awsManagedPolicy(arn))
  const policies = await Promise.all(own.map((reference) => directory.managedPolicyOf(reference)))
  const entries = [accessKey, ...principals, ...members, ...policies]
  return [...madeWith, ...entries.filter((entry) => entry !== undefined)]
}

/**
 * Returns the rows of the long-term access keys that a session was created with. `ended`: an operator ended the
 * sessions of one of them, or it was deleted. Unlike on AWS, deleting a key ends its sessions: otherwise the absence of
 * its row would revive ended sessions.
 */
export async function keysOfSession(
  { madeWith = [] }: Pick<Session, 'madeWith'>,
  directory: Directory,
): Promise<RowVersion[] | 'ended'> {
  const rows: RowVersion[] = []
  for (const { accessKeyId, epoch } of madeWith) {
    const entry = await directory.accessKey(accessKeyId)
    if (entry === undefined || (entry.value.sessionEpoch ?? 0) !== epoch) return 'ended'
    rows.push(entry)
  }
  return rows
}

function referencesOf(holder: PrincipalRecord | GroupRecord): readonly PolicyReference[] {
  if ('groupName' in holder) return holder.attached
  if (holder.type === 'Service') return []
  return holder.boundary ? [...holder.attached, holder.boundary] : holder.attached
}
