import { queryError, type ServiceError } from '@keyhold/protocol'
import { attachmentId, type AttachmentRecord, attachmentRow } from '../../identity/attachment-rows.ts'
import { awsManagedPolicy } from '../../identity/aws-policies.ts'
import type { Changeset } from '../../storage/changeset.ts'
import type { Context } from './entities.ts'
import { changePolicy, findPolicy } from './managed-policies.ts'

type Attachment = Omit<AttachmentRecord, 'accountId'>
type Change = Context & { changes: Changeset }

/**
 * Adds to `changes` that an entity has a policy: the row that finds the way back, and the policy's own count, so that
 * the policy cannot be deleted at the same moment. The entity's record, which decides, is for the caller to change.
 * Throws NoSuchEntity.
 */
export async function attach(attachment: Attachment, change: Change): Promise<void> {
  const { caller, services, changes } = change
  await count(attachment, 1, change)
  const record = { ...attachment, accountId: caller.principal.accountId }
  changes.insert(await attachmentRow(record, services.hierarchy))
}

/** Adds to `changes` that an entity no longer has a policy. */
export async function detach(attachment: Attachment, change: Change): Promise<void> {
  const { caller, services, changes } = change
  await count(attachment, -1, change)
  const id = attachmentId({ ...attachment, accountId: caller.principal.accountId })
  const row = await services.store.get('attachment', id)
  // The administrator of a folder that version 0.1 made has AdministratorAccess without such a row.
  if (row) changes.delete(row)
}

/** AWS's own policies cannot be deleted, so nothing counts who has them. */
async function count({ policyArn, how }: Attachment, by: 1 | -1, change: Change): Promise<void> {
  if (awsManagedPolicy(policyArn)) return
  const { record, row } = (await findPolicy(policyArn, change)) ?? {}
  if (record === undefined || row === undefined) throw notAttachable(policyArn)
  const counted = how === 'policy' ? { attachments: record.attachments + by } : { boundaries: record.boundaries + by }
  await changePolicy({ record, row }, counted, change)
}

function notAttachable(policyArn: string): ServiceError {
  return queryError('NoSuchEntity', `Policy ${policyArn} does not exist or is not attachable.`)
}
