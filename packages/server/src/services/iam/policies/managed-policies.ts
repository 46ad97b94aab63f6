import { type IamOperationName, parseArn, queryError, type ServiceError } from '@keyhold/protocol'
import { attachmentOwner, type AttachmentRecord } from '../../../identity/accounts/attachment-rows.ts'
import { awsManagedPolicy, type AwsManagedPolicy } from '../../../identity/accounts/aws-policies.ts'
import { entityArn } from '../../../identity/accounts/entity-arns.ts'
import type { ManagedPolicyRecord, PolicyVersion } from '../../../vault/records/managed-policy.ts'
import { body } from '../../../vault/records/entry.ts'
import type { Changeset } from '../../../vault/records/changeset.ts'
import type { Page, Row } from '../../../vault/storage/store.ts'
import type { Services } from '../../../execution/services.ts'
import { changeEntity, type Context } from '../entities.ts'
import { pacedRows } from '../paced-rows.ts'
import type { Source } from '../pages.ts'

/**
 * A managed policy available to the caller's account: its own, which is stored, or an AWS managed policy, which has no
 * row.
 */
export interface ManagedPolicy {
  record: ManagedPolicyRecord
  row?: Row
}

/** A customer managed policy, which can be changed. */
export type OwnPolicy = Required<ManagedPolicy>

/** Checks the ARN parameter of operations on policies. */
export function arnFault({ PolicyArn }: { PolicyArn: string }): ServiceError | undefined {
  return parseArn(PolicyArn) ? undefined : queryError('InvalidInput', `ARN ${PolicyArn} is not valid.`)
}

/** Returns the policy of this ARN, or `undefined`. Policies of other accounts are never found. */
export async function findPolicy(arn: string, { caller, services }: Context): Promise<ManagedPolicy | undefined> {
  const ofAws = awsManagedPolicy(arn)
  if (ofAws) return { record: awsRecord(ofAws) }
  if (parseArn(arn)?.account !== caller.principal.accountId) return undefined
  const entry = await services.directory.managedPolicyByArn(arn)
  return entry && { record: entry.value, row: entry.row }
}

/** Like {@link findPolicy}. Throws NoSuchEntity. */
export async function requirePolicy(arn: string, context: Context): Promise<ManagedPolicy> {
  const policy = await findPolicy(arn, context)
  if (policy === undefined) throw queryError('NoSuchEntity', `Policy ${arn} was not found.`)
  return policy
}

/**
 * Returns the account's own policy of this ARN, to be changed by `action`. Throws NoSuchEntity, and AccessDenied for an
 * AWS managed policy: it belongs to another account that allows no changes.
 */
export async function requireOwnPolicy(arn: string, action: IamOperationName, context: Context): Promise<OwnPolicy> {
  const { record, row } = await requirePolicy(arn, context)
  if (row !== undefined) return { record, row }
  const who = context.caller.principal.arn
  const sentence = `User: ${who} is not authorized to perform: iam:${action} on resource: policy ${arn}`
  throw queryError('AccessDenied', sentence)
}

/** Returns a version of a policy. Throws NoSuchEntity. */
export function requireVersion({ record }: ManagedPolicy, versionId: string): PolicyVersion {
  const version = record.versions.find((version) => version.versionId === versionId)
  if (version) return version
  const sentence = `Policy ${policyArn(record)} version ${versionId} does not exist or is not attachable.`
  throw queryError('NoSuchEntity', sentence)
}

/** The ARN of a managed policy. */
export function policyArn({ accountId, path, policyName }: ManagedPolicyRecord): string {
  return entityArn('policy', accountId, path, policyName)
}

/** Writes the policy's record with `change` applied. */
export function changePolicy(
  { record, row }: OwnPolicy,
  change: Partial<ManagedPolicyRecord>,
  call: { services: Services; changes: Changeset },
): Promise<ManagedPolicyRecord> {
  return changeEntity('policy', { entry: { row, value: record } }, change, call)
}

/**
 * Lists the lookup rows from the policy to the entities of the caller's account that have it, a few in each turn of the
 * event loop. The entities' own records decide.
 */
export function attachmentsOf(policy: ManagedPolicyRecord, context: Context): Source<AttachmentRecord> {
  const { store, hierarchy } = context.services
  const { accountId } = context.caller.principal
  const arn = policyArn(policy)
  // Rows of earlier builds, and rows of AWS managed policies, are listed under the ARN.
  const references = policy.accountId === 'aws' ? [{ arn }] : [{ arn, id: policy.policyId }, { arn }]
  return async function* (after = '0') {
    for (const [index, reference] of references.entries()) {
      if (index < Number(after[0])) continue
      // An ARN is too long for a marker: the marker has the number of the list, and the part of the row's id after the
      // policy.
      const prefix = `${reference.id ?? arn}|`
      const afterRow = index === Number(after[0]) ? prefix + after.slice(1) : prefix
      const owner = attachmentOwner({ accountId, policy: reference })
      const list = (page: Page): Promise<Row[]> =>
        store.listByOwner('attachment', owner, { ...page, after: page.after ?? afterRow })
      for await (const row of pacedRows(list, context)) {
        yield {
          id: `${index}${row.id.slice(prefix.length)}`,
          value: body<AttachmentRecord>(await hierarchy.verify(row)),
        }
      }
    }
  }
}

/**
 * Returns the policy's record with its number of attachments. For AWS managed policies this number is not stored, so it
 * is counted here.
 */
export async function counted({ record, row }: ManagedPolicy, context: Context): Promise<ManagedPolicyRecord> {
  if (row !== undefined) return record
  const counts = { policy: 0, boundary: 0 }
  for await (const { value } of attachmentsOf(record, context)()) if (value) counts[value.how] += 1
  return { ...record, attachments: counts.policy, boundaries: counts.boundary }
}

/**
 * An AWS managed policy in the form of a stored one, without the number of attachments. Its description is not known.
 */
function awsRecord(policy: AwsManagedPolicy): ManagedPolicyRecord {
  const { policyId, name, path, versionId, createdMs, updatedMs } = policy
  return {
    policyId,
    policyName: name,
    accountId: 'aws',
    path,
    description: '',
    tags: [],
    createdMs,
    updatedMs,
    // Lists show hundreds of policies without their documents, which are read only on demand.
    versions: [
      {
        versionId,
        createdMs: updatedMs,
        get text() {
          return policy.text
        },
      },
    ],
    defaultVersion: versionId,
    nextVersion: Number(versionId.slice(1)) + 1,
    attachments: 0,
    boundaries: 0,
  }
}
