import type { Hierarchy } from '../hierarchy/hierarchy.ts'
import type { Row } from '../storage/store.ts'
import type { EntityKind } from './entity-arns.ts'
import { identityRow } from './identity-row.ts'

/** The body of a row of table `attachment`: an entity has a managed policy among its policies, or as its boundary. */
export interface AttachmentRecord {
  /** The entity's. AWS's own policies are attached in every account. */
  accountId: string
  policyArn: string
  how: 'policy' | 'boundary'
  kind: Exclude<EntityKind, 'policy'>
  entityId: string
}

export function attachmentId({ policyArn, how, entityId }: AttachmentRecord): string {
  return `${policyArn}|${how}|${entityId}`
}

/** What the attachments of one policy in one account are listed under. */
export function attachmentOwner({ accountId, policyArn }: Pick<AttachmentRecord, 'accountId' | 'policyArn'>): string {
  return `${accountId}|${policyArn}`
}

/** The row of a new attachment. */
export function attachmentRow(record: AttachmentRecord, hierarchy: Hierarchy): Promise<Row> {
  const place = { target: record.entityId }
  return hierarchy.authenticate(identityRow('attachment', attachmentId(record), attachmentOwner(record), record, place))
}
