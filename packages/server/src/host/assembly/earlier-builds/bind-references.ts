import type { PolicyReference } from '../../../domain/policy/policy-reference.ts'
import { boundUnread } from '../../../identity/directory/bind-principals.ts'
import type { Directory } from '../../../identity/directory/directory.ts'
import type { Hierarchy } from '../../../vault/hierarchy/hierarchy.ts'
import { awsManagedPolicy } from '../../../identity/accounts/aws-policies.ts'
import { identityRow } from '../../../identity/accounts/identity-row.ts'
import { type BoundPolicy, type EntityRecord, readGroup, readPrincipal } from '../../../identity/accounts/records.ts'
import type { Logger } from '../../../platform/logger.ts'
import type { Random } from '../../../platform/random.ts'
import { everyRow } from '../../../vault/storage/every-row.ts'
import type { Row, Store } from '../../../vault/storage/store.ts'
import { bindAliases } from './bind-aliases.ts'
import { bindKeyPolicies } from './bind-key-policies.ts'
import { rewriteRow } from './rewrite-row.ts'
import { readSetting, writeSetting } from '../../../vault/records/settings.ts'

interface Context {
  store: Store
  hierarchy: Hierarchy
  directory: Directory
  random: Random
  logger: Logger
}

/** The setting that says that the folder has no reference without an id any more. Its absence only repeats the work. */
const DONE = 'references-bound'

/** The id of no policy: what is missing when references are bound stays missing, whoever gets its name. */
const MISSING = 'missing'

/**
 * Gives what an earlier build left in the folder immutable ids for names: users, roles and groups those of their managed
 * policies, key policies and trust policies those of their principals; and keys the names of their aliases. Once it is
 * done, what is made later takes no other's place. `again`: also in a folder where it was done, as seed files and earlier
 * builds that enforced nothing leave such names in folders of development.
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
  if (!isDone) await writeSetting(DONE, '{}', undefined, context, { commitId: context.random.uuid() })
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
  if (policy === undefined) logger.error('a policy that a user, role or group has is not there', { arn })
  return { arn, id: policy?.value.policyId ?? MISSING }
}
