import { queryError, type ServiceError } from '@keyhold/protocol'
import type { PolicyReference } from '../../../domain/policy/policy-reference.ts'
import { type Attachment, attachmentId, attachmentRow } from '../../../identity/accounts/attachment-rows.ts'
import { awsManagedPolicy, isForServiceLinkedRoles } from '../../../identity/accounts/aws-policies.ts'
import type { Changeset } from '../../../vault/records/changeset.ts'
import type { Context } from '../entities.ts'
import { changePolicy, findPolicy, type OwnPolicy } from './managed-policies.ts'

type Holder = Pick<Attachment, 'how' | 'kind' | 'entityId'>
type Change = Context & { changes: Changeset }

/**
 * Returns the reference to store in an entity for the policy that currently has this ARN. Throws NoSuchEntity, and
 * PolicyNotAttachable for an AWS managed policy that only service roles can have.
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
 * Adds to `changes` that an entity has a policy: the row for the lookup from policy to entity, and the policy's own
 * count, so that the policy cannot be deleted at the same time. The caller changes the entity's record, which decides.
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

/** Adds to `changes` that an entity no longer has a policy. The policy itself can be deleted already. */
export async function detach(policy: PolicyReference, holder: Holder, change: Change): Promise<void> {
  const { services, changes } = change
  const own = await ownPolicy(policy, change)
  if (own) await count(own, holder, -1, change)
  // Rows of earlier builds use the ARN. The administrator of a folder from version 0.1 has no row at all.
  for (const one of policy.id === undefined ? [policy] : [policy, { arn: policy.arn }]) {
    const row = await services.store.get('attachment', attachmentId({ ...holder, policy: one }))
    if (row) changes.delete(row)
  }
}

/** AWS managed policies cannot be deleted, so their uses are not counted. */
async function ownPolicy(policy: PolicyReference, { services }: Context): Promise<OwnPolicy | undefined> {
  const entry = awsManagedPolicy(policy.arn) ? undefined : await services.directory.managedPolicyOf(policy)
  return entry && { record: entry.value, row: entry.row }
}

async function count({ record, row }: OwnPolicy, { how }: Holder, by: 1 | -1, change: Change): Promise<void> {
  const counted = how === 'policy' ? { attachments: record.attachments + by } : { boundaries: record.boundaries + by }
  await changePolicy({ record, row }, counted, change)
}

/** AWS's message for a role. AWS's messages for users and groups are not known. */
function onlyForServices(kind: Holder['kind']): ServiceError {
  const title = kind.charAt(0).toUpperCase() + kind.slice(1)
  return queryError('PolicyNotAttachable', `Cannot attach a Service Role Policy to a Customer ${title}.`)
}

/** IAM calls a permissions boundary a scope in this message, as public reports show. */
function notAttachable(policyArn: string, how: Holder['how']): ServiceError {
  const named = how === 'boundary' ? `Scope ARN: ${policyArn}` : `Policy ${policyArn}`
  return queryError('NoSuchEntity', `${named} does not exist or is not attachable.`)
}
