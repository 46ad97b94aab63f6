import type { PolicyReference } from '../../../domain/policy/policy-reference.ts'
import { boundUnread } from '../../../identity/directory/bind-principals.ts'
import type { Directory } from '../../../identity/directory/directory.ts'
import type { Table } from '../../../vault/records/table.ts'
import { awsManagedPolicy } from '../../../identity/accounts/aws-policies.ts'
import type { BoundPolicy } from '../../../domain/policy/bound-policy.ts'
import type { EntityRecord } from '../../../vault/records/entity.ts'
import { groupTable } from '../../../vault/records/group.ts'
import { principalTable } from '../../../vault/records/principal.ts'
import type { Logger } from '../../../platform/logger.ts'
import type { Records } from '../../../vault/records/records.ts'
import { everyRow } from '../../../vault/storage/page.ts'
import { bindAliases } from './bind-aliases.ts'
import { bindKeyPolicies } from './bind-key-policies.ts'
import { rewritten } from './rewrite-row.ts'
import { isDone, noteDone } from './done.ts'

interface Context {
  records: Records
  directory: Directory
  logger: Logger
}

/** The setting that says that the folder has no references without ids. If it is missing, the work is repeated. */
const DONE = 'references-bound'

/**
 * The id of no policy: a policy that is missing when references are bound stays missing, even if a new one gets its
 * name.
 */
const MISSING = 'missing'

/**
 * Replaces names by immutable ids in references that an earlier build left in the folder: the managed policies of
 * users, roles and groups, and the principals of key policies and trust policies. Also copies the names of aliases into
 * the rows of their keys. After that, new entities cannot take the place of deleted ones. `again` repeats this in a
 * folder where it was done, because seed files, and earlier builds without enforcement, leave such names in development
 * folders.
 */
export async function bindReferences(context: Context, { again = false } = {}): Promise<void> {
  const wasDone = await isDone(DONE, context.records)
  if (wasDone && !again) return
  await context.directory.catchUp()
  await bindEach(principalTable, context)
  await bindEach(groupTable, context)
  await bindKeyPolicies(context)
  await bindAliases(context)
  if (!wasDone) await noteDone(DONE, context.records)
}

async function bindEach<T extends object>(table: Table<T>, context: Context): Promise<void> {
  const { records } = context
  for await (const { id } of everyRow((page) => records.unread.list(table, page))) {
    await rewritten(table, id, (record) => withIds(record, context), records)
  }
}

async function withIds<T extends object>(record: T, context: Context): Promise<T | undefined> {
  if (!('attached' in record)) return undefined
  const { attached, boundary, trust } = record as References
  const references = { attached, ...(boundary && { boundary }), ...(trust && { trust }) }
  const bound = await boundReferences(references, context)
  return JSON.stringify(bound) === JSON.stringify(references) ? undefined : { ...record, ...bound }
}

type References = Pick<EntityRecord, 'attached'> & { boundary?: PolicyReference; trust?: BoundPolicy }

async function boundReferences({ attached, boundary, trust }: References, context: Context): Promise<References> {
  return {
    attached: await Promise.all(attached.map((reference) => bound(reference, context))),
    ...(boundary && { boundary: await bound(boundary, context) }),
    ...(trust && { trust: trust.bindings ? trust : await boundUnread(trust.text, context.directory) }),
  }
}

async function bound(reference: PolicyReference, { directory, logger }: Context): Promise<PolicyReference> {
  const { arn, id } = reference
  if (id !== undefined || awsManagedPolicy(arn)) return reference
  const policy = await directory.managedPolicyByArn(arn)
  if (policy === undefined) logger.error('a policy that a user, role or group refers to does not exist', { arn })
  return { arn, id: policy?.value.policyId ?? MISSING }
}
