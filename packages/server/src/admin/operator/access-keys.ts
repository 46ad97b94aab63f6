import { parseArn, type Secret } from '@keyhold/protocol'
import { everyAccount, everyPrincipal } from '../../identity/directory/everybody.ts'
import { issueAccessKey } from '../../identity/accounts/access-key.ts'
import { nameInArn, principalArn } from '../../identity/accounts/entity-arns.ts'
import { QUOTAS } from '../../services/iam/account/quotas.ts'
import { type AccessKeyRecord, accessKeyTable } from '../../vault/records/access-key.ts'
import type { Authentic } from '../../vault/records/authentic.ts'
import { entityNameTable } from '../../vault/records/entity-name.ts'
import { type PrincipalRecord, principalTable } from '../../vault/records/principal.ts'
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
  const stored = await requireKey(accessKeyId, context)
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

/**
 * Activates an access key again. Resolves to false if it is active already. Sessions that {@link disableAccessKey} ended
 * stay ended. Throws {@link OperatorError} if there is no key of that id.
 */
export async function enableAccessKey(accessKeyId: string, context: OperatorContext): Promise<boolean> {
  const stored = await requireKey(accessKeyId, context)
  const { active, principalId, accountId } = stored.value
  if (active) return false
  const changes = new Changeset()
  changes.update(stored, { ...stored.value, active: true })
  await commitDeed({ name: 'EnableAccessKey', accountId, request: { accessKeyId, principalId } }, changes, context)
  return true
}

async function requireKey(accessKeyId: string, { records }: Reading): Promise<Authentic<AccessKeyRecord>> {
  const stored = await records.get(accessKeyTable, { accessKeyId })
  if (stored !== undefined) return stored
  throw new OperatorError(`There is no access key ${accessKeyId}. See: keyhold operator access-key ls`)
}

/** A new access key. The secret is returned only here. */
export interface CreatedAccessKey {
  owner: string
  accountId: string
  accessKeyId: string
  secretAccessKey: Secret
}

/**
 * Creates an access key of a user, by its ARN, or of a service, by its name. Throws {@link OperatorError} if there is no such
 * owner, or if it has as many keys as IAM allows, of whatever status.
 */
export async function createAccessKey(owner: string, context: OperatorContext): Promise<CreatedAccessKey> {
  const stored = await requireOwner(owner, context)
  const { principalId, accountId } = stored.value
  const limit = QUOTAS.AccessKeysPerUser
  if ((await context.records.listByOwner(accessKeyTable, { principalId }, { limit })).length >= limit) {
    throw new OperatorError(
      `${owner} has ${limit} access keys already, and IAM allows no more. Delete one with: aws iam delete-access-key`,
    )
  }
  const changes = new Changeset()
  // Written unchanged, so that two keys cannot be created at once, and the owner cannot be deleted meanwhile.
  changes.update(stored, stored.value)
  const issued = await issueAccessKey({ principalId, accountId, nowMs: context.clock.now() }, context, changes)
  const { accessKeyId } = issued.record
  const deed = {
    name: 'CreateAccessKey' as const,
    quorum: true as const,
    accountId,
    request: { owner },
    response: { accessKeyId },
  }
  await commitDeed(deed, changes, context)
  return { owner, accountId, accessKeyId, secretAccessKey: issued.secretAccessKey }
}

async function requireOwner(owner: string, { records }: Reading): Promise<Authentic<PrincipalRecord>> {
  const principalId = owner.startsWith('arn:') ? await userIdIn(owner, records) : owner
  const stored = principalId === undefined ? undefined : await records.get(principalTable, { principalId })
  if (stored !== undefined && stored.value.type !== 'Role' && principalArn(stored.value) === owner) return stored
  throw new OperatorError(
    `There is no user or service ${owner}. Roles and roots of accounts have no access keys: roles are assumed, and ` +
      'keyhold operator recover-admin makes an administrator.',
  )
}

async function userIdIn(arn: string, records: Reading['records']): Promise<string | undefined> {
  const { accountId, name } = nameInArn('user', parseArn(arn)) ?? {}
  if (accountId === undefined || name === undefined) return undefined
  return (await records.get(entityNameTable, { accountId, kind: 'user', name }))?.value.entityId
}
