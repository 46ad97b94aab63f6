import type { PolicyReference } from '../../domain/policy/policy-reference.ts'
import type { Hierarchy } from '../../vault/hierarchy/hierarchy.ts'
import type { Row } from '../../vault/storage/store.ts'
import type { PolicyHolder } from '../../vault/records/entity-name.ts'
import { identityRow } from './identity-row.ts'

/** An entity has a managed policy among its policies, or as its boundary. */
export interface Attachment {
  /** The entity's. AWS's own policies are attached in every account. */
  accountId: string
  policy: PolicyReference
  how: 'policy' | 'boundary'
  kind: PolicyHolder
  entityId: string
}

/** The body of a row of table `attachment`. */
export interface AttachmentRecord extends Omit<Attachment, 'policy'> {
  policyArn: string
  /** Absent for AWS's own policies, and in rows of earlier builds. */
  policyId?: string
}

export function attachmentId({ policy, how, entityId }: Pick<Attachment, 'policy' | 'how' | 'entityId'>): string {
  return `${policy.id ?? policy.arn}|${how}|${entityId}`
}

/** What the attachments of one policy in one account are listed under. */
export function attachmentOwner({ accountId, policy }: Pick<Attachment, 'accountId' | 'policy'>): string {
  return `${accountId}|${policy.id ?? policy.arn}`
}

/** The row of a new attachment. */
export function attachmentRow({ policy, ...rest }: Attachment, hierarchy: Hierarchy): Promise<Row> {
  const record: AttachmentRecord = { ...rest, policyArn: policy.arn, ...(policy.id && { policyId: policy.id }) }
  const [id, owner] = [attachmentId({ ...rest, policy }), attachmentOwner({ ...rest, policy })]
  return hierarchy.authenticate(identityRow('attachment', id, owner, record, { target: rest.entityId }))
}
