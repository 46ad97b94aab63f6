import { queryError, type ServiceError } from '@keyhold/protocol'
import type { PolicyReference } from '../../../domain/policy/policy-reference.ts'
import { type Attachment, attachmentId, attachmentRow } from '../../../identity/accounts/attachment-rows.ts'
import { awsManagedPolicy, isForServiceLinkedRoles } from '../../../identity/accounts/aws-policies.ts'
import type { Changeset } from '../../../vault/storage/changeset.ts'
import type { Context } from '../entities.ts'
import { changePolicy, findPolicy, type OwnPolicy } from './managed-policies.ts'

type Holder = Pick<Attachment, 'how' | 'kind' | 'entityId'>
type Change = Context & { changes: Changeset }

/**
 * What an entity refers to that is to have the policy of this ARN: the policy that has it now. Throws NoSuchEntity, and
 * PolicyNotAttachable for one of AWS's that only roles of services have.
 */
export async function referenceTo(
  policyArn: string,
  { how, kind }: Pick<Holder, 'how' | 'kind'>,
  context: Context,
): Promise<PolicyReference> {
  const ofAws = awsManagedPolicy(policyArn)
  if (ofAws && isForServiceLinkedRoles(ofAws)) throw onlyForServices(kind)
  if (ofAws) return { arn: policyArn }
  const policy = await findPolicy(policyArn, context)
  if (policy === undefined) throw notAttachable(policyArn, how)
  return { arn: policyArn, id: policy.record.policyId }
}

/**
 * Adds to `changes` that an entity has a policy: the row that finds the way back, and the policy's own count, so that
 * the policy cannot be deleted at the same moment. The entity's record, which decides, is for the caller to change.
 * Throws NoSuchEntity.
 */
export async function attach(policy: PolicyReference, holder: Holder, change: Change): Promise<void> {
  const { caller, services, changes } = change
  if (!awsManagedPolicy(policy.arn)) {
    const own = await ownPolicy(policy, change)
    if (own === undefined) throw notAttachable(policy.arn, holder.how)
    await count(own, holder, 1, change)
  }
  const { accountId } = caller.principal
  changes.insert(await attachmentRow({ ...holder, policy, accountId }, services.hierarchy))
}

/** Adds to `changes` that an entity no longer has a policy, which may be gone itself. */
export async function detach(policy: PolicyReference, holder: Holder, change: Change): Promise<void> {
  const { services, changes } = change
  const own = await ownPolicy(policy, change)
  if (own) await count(own, holder, -1, change)
  // Rows of earlier builds are under the ARN. The administrator of a folder that version 0.1 made has none at all.
  for (const one of policy.id === undefined ? [policy] : [policy, { arn: policy.arn }]) {
    const row = await services.store.get('attachment', attachmentId({ ...holder, policy: one }))
    if (row) changes.delete(row)
  }
}

/** AWS's own policies cannot be deleted, so nothing counts who has them. */
async function ownPolicy(policy: PolicyReference, { services }: Context): Promise<OwnPolicy | undefined> {
  const entry = awsManagedPolicy(policy.arn) ? undefined : await services.directory.managedPolicyOf(policy)
  return entry && { record: entry.value, row: entry.row }
}

async function count({ record, row }: OwnPolicy, { how }: Holder, by: 1 | -1, change: Change): Promise<void> {
  const counted = how === 'policy' ? { attachments: record.attachments + by } : { boundaries: record.boundaries + by }
  await changePolicy({ record, row }, counted, change)
}

/** AWS's words for a role; for others they are not known. */
function onlyForServices(kind: Holder['kind']): ServiceError {
  const title = kind.charAt(0).toUpperCase() + kind.slice(1)
  return queryError('PolicyNotAttachable', `Cannot attach a Service Role Policy to a Customer ${title}.`)
}

/** IAM calls a permissions boundary a scope there, as public reports show. */
function notAttachable(policyArn: string, how: Holder['how']): ServiceError {
  const named = how === 'boundary' ? `Scope ARN: ${policyArn}` : `Policy ${policyArn}`
  return queryError('NoSuchEntity', `${named} does not exist or is not attachable.`)
}
