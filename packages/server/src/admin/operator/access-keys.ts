import { everyAccount, everyPrincipal } from '../../identity/directory/everybody.ts'
import { principalArn } from '../../identity/accounts/entity-arns.ts'
import { type AccessKeyRecord, accessKeyTable } from '../../vault/records/access-key.ts'
import type { PrincipalRecord } from '../../vault/records/principal.ts'
import { Changeset } from '../../vault/records/changeset.ts'
import { everyRow } from '../../vault/storage/page.ts'
import { commitDeed, type OperatorContext } from './deed.ts'
import { OperatorError } from './operator-error.ts'

/** An access key and its owner. */
export interface ListedAccessKey extends AccessKeyRecord {
  /** The ARN of the user, or the name of the service. */
  owner: string
}

type Reading = Pick<OperatorContext, 'records'>

/** Yields every long-term access key of the data folder. */
export async function* accessKeys(context: Reading): AsyncGenerator<ListedAccessKey> {
  for (const { accountId } of await everyAccount(context)) {
    for await (const principal of everyPrincipal(accountId, context)) yield* keysOf(principal, context)
  }
}

async function* keysOf(principal: PrincipalRecord, { records }: Reading): AsyncGenerator<ListedAccessKey> {
  const owner = principalArn(principal)
  for await (const { value } of everyRow((page) => records.listByOwner(accessKeyTable, principal, page))) {
    yield { ...value, owner }
  }
}

/**
 * Deactivates a lost or leaked access key of any owner. Resolves to false if it is inactive already. `andSessions` also
 * ends the sessions that were created with it, directly or through other sessions. Throws {@link OperatorError} if
 * there is no key of that id.
 */
export async function disableAccessKey(
  accessKeyId: string,
  { andSessions }: { andSessions: boolean },
  context: OperatorContext,
): Promise<boolean> {
  const stored = await context.records.get(accessKeyTable, { accessKeyId })
  if (stored === undefined) {
    throw new OperatorError(`There is no access key ${accessKeyId}. See: keyhold operator access-key ls`)
  }
  const record = stored.value
  if (!record.active && !andSessions) return false
  const changes = new Changeset()
  const stopped: AccessKeyRecord = { ...record, active: false }
  if (andSessions) stopped.sessionEpoch = (record.sessionEpoch ?? 0) + 1
  changes.update(stored, stopped)
  const request = { accessKeyId, principalId: record.principalId, ...(andSessions && { sessions: 'ended' }) }
  await commitDeed({ name: 'DisableAccessKey', accountId: record.accountId, request }, changes, context)
  return true
}
