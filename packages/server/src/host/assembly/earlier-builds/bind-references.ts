import type { PolicyReference } from '../../../domain/policy/policy-reference.ts'
import { boundUnread } from '../../../identity/directory/bind-principals.ts'
import type { Directory } from '../../../identity/directory/directory.ts'
import type { Hierarchy } from '../../../vault/hierarchy/hierarchy.ts'
import { awsManagedPolicy } from '../../../identity/accounts/aws-policies.ts'
import { identityRow } from '../../../identity/accounts/identity-row.ts'
import type { BoundPolicy } from '../../../domain/policy/bound-policy.ts'
import type { EntityRecord } from '../../../vault/records/entity.ts'
import { readGroup } from '../../../vault/records/group.ts'
import { readPrincipal } from '../../../vault/records/principal.ts'
import type { Logger } from '../../../platform/logger.ts'
import type { Records } from '../../../vault/records/records.ts'
import { everyRow } from '../../../vault/storage/every-row.ts'
import type { Row, Store } from '../../../vault/storage/store.ts'
import { bindAliases } from './bind-aliases.ts'
import { bindKeyPolicies } from './bind-key-policies.ts'
import { rewriteRow } from './rewrite-row.ts'
import { readSetting, writeSetting } from '../../../vault/records/settings.ts'

interface Context {
  store: Store
  hierarchy: Hierarchy
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
  const isDone = (await readSetting(DONE, context)) !== undefined
  if (isDone && !again) return
  await context.directory.catchUp()
  for (const [table, read] of [
    ['principal', readPrincipal],
    ['group', readGroup],
  ] as const) {
    for await (const row of everyRow((page) => context.store.list(table, page))) {
      await rewriteRow({ table, id: row.id }, (found) => withIds(found, read, context), context)
    }
  }
  await bindKeyPolicies(context)
  await bindAliases(context)
  if (!isDone) await writeSetting(DONE, '{}', undefined, context)
}

type Reader = typeof readPrincipal | typeof readGroup

async function withIds(row: Row, read: Reader, context: Context): Promise<Row | undefined> {
  const record = read(row.body)
  if (!('attached' in record)) return undefined
  const references: References = {
    attached: record.attached,
    ...('boundary' in record && { boundary: record.boundary }),
    ...('trust' in record && { trust: record.trust }),
  }
  const bound = await boundReferences(references, context)
  if (JSON.stringify(bound) === JSON.stringify(references)) return undefined
  const { table, id, owner, version } = row
  const changed = identityRow(table, id, owner, { ...record, ...bound }, { version: version + 1 })
  return context.hierarchy.authenticate(changed)
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
