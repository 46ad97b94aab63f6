import type { PolicyReference } from '../../domain/policy/policy-reference.ts'
import type { PolicyHolder } from './entity-name.ts'
import { defineTable, global } from './table.ts'

/** Leads from a managed policy to an entity that has it. The entity's own record decides which policies it has. */
export interface AttachmentRecord {
  /** The entity's account. AWS managed policies can be attached in every account. */
  accountId: string
  policy: PolicyReference
  /** Among the entity's policies, or as its boundary. */
  how: 'policy' | 'boundary'
  kind: PolicyHolder
  entityId: string
}

/** `policyId` is absent for AWS's own policies, and in rows of earlier builds. */
interface StoredAttachment extends Omit<AttachmentRecord, 'policy'> {
  policyArn: string
  policyId?: string
}

/** What a policy is called in ids and owners: AWS's own, and those that earlier builds attached, by their ARN. */
const named = ({ arn, id = arn }: PolicyReference): string => id

export const attachmentTable = defineTable({
  name: 'attachment',
  id: ({ policy, how, entityId }: Pick<AttachmentRecord, 'policy' | 'how' | 'entityId'>) =>
    `${named(policy)}|${how}|${entityId}`,
  owner: ({ accountId, policy }: Pick<AttachmentRecord, 'accountId' | 'policy'>) => `${accountId}|${named(policy)}`,
  target: ({ entityId }: Pick<AttachmentRecord, 'entityId'>) => entityId,
  domain: global,
  read({ body }): AttachmentRecord {
    const { policyArn, policyId, ...rest } = JSON.parse(body) as StoredAttachment
    return { ...rest, policy: { arn: policyArn, ...(policyId && { id: policyId }) } }
  },
  body({ policy: { arn, id }, ...rest }) {
    return JSON.stringify({ ...rest, policyArn: arn, ...(id && { policyId: id }) } satisfies StoredAttachment)
  },
  absence: 'ListEntitiesForPolicy does not list the entity, which has the policy all the same.',
  dispensable: true,
})
