import { queryError, type ServiceError } from '@keyhold/protocol'
import type { PolicyReference } from '../../../domain/policy/policy-reference.ts'
import { type AttachmentRecord, attachmentTable } from '../../../vault/records/attachment.ts'
import type { Authentic } from '../../../vault/records/authentic.ts'
import type { ManagedPolicyRecord } from '../../../vault/records/managed-policy.ts'
import { awsManagedPolicy, isForServiceLinkedRoles } from '../../../identity/accounts/aws-policies.ts'
import type { Changeset } from '../../../vault/records/changeset.ts'
import type { Context } from '../entities.ts'
import { changePolicy, findPolicy } from './managed-policies.ts'

type Holder = Pick<AttachmentRecord, 'how' | 'kind' | 'entityId'>
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
  const { caller, changes } = change
  if (!awsManagedPolicy(policy.arn)) {
    const own = await ownPolicy(policy, change)
    if (own === undefined) throw notAttachable(policy.arn, holder.how)
    count(own, holder, 1, change)
  }
  const { accountId } = caller.principal
  changes.insert(attachmentTable, { ...holder, policy, accountId })
}

/** Adds to `changes` that an entity no longer has a policy. The policy itself can be deleted already. */
export async function detach(policy: PolicyReference, holder: Holder, change: Change): Promise<void> {
  const { changes } = change
  const own = await ownPolicy(policy, change)
  if (own) count(own, holder, -1, change)
  // Rows of earlier builds use the ARN. The administrator of a folder from version 0.1 has no row at all.
  for (const one of policy.id === undefined ? [policy] : [policy, { arn: policy.arn }]) {
    changes.discard(attachmentTable, { ...holder, policy: one })
  }
}

/** AWS managed policies cannot be deleted, so their uses are not counted. */
async function ownPolicy(
  policy: PolicyReference,
  { services }: Context,
): Promise<Authentic<ManagedPolicyRecord> | undefined> {
  return awsManagedPolicy(policy.arn) ? undefined : services.directory.managedPolicyOf(policy)
}

function count(own: Authentic<ManagedPolicyRecord>, { how }: Holder, by: 1 | -1, change: Change): void {
  const { attachments, boundaries } = own.value
  changePolicy(own, how === 'policy' ? { attachments: attachments + by } : { boundaries: boundaries + by }, change)
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
