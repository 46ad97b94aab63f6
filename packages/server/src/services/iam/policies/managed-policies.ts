import { type IamOperationName, parseArn, queryError, type ServiceError } from '@keyhold/protocol'
import { type AttachmentRecord, attachmentTable } from '../../../vault/records/attachment.ts'
import type { Authentic } from '../../../vault/records/authentic.ts'
import { awsManagedPolicy, type AwsManagedPolicy } from '../../../identity/accounts/aws-policies.ts'
import { entityArn } from '../../../identity/accounts/entity-arns.ts'
import type { ManagedPolicyRecord, PolicyVersion } from '../../../vault/records/managed-policy.ts'
import type { Changeset } from '../../../vault/records/changeset.ts'
import { changeEntity, type Context } from '../entities.ts'
import type { Page } from '../../../vault/storage/page.ts'
import { pacedRows } from '../paced-rows.ts'
import type { Source } from '../pages.ts'

/** A managed policy that the caller's account has: its own, which is stored and can be changed, or one of AWS's. */
export interface ManagedPolicy {
  record: ManagedPolicyRecord
  own?: Authentic<ManagedPolicyRecord>
}

/** A check for operations on policies: what is no ARN at all. */
export function arnFault({ PolicyArn }: { PolicyArn: string }): ServiceError | undefined {
  return parseArn(PolicyArn) ? undefined : queryError('InvalidInput', `ARN ${PolicyArn} is not valid.`)
}

/** Returns the policy of this ARN, or `undefined`. Policies of other accounts are never found. */
export async function findPolicy(arn: string, { caller, services }: Context): Promise<ManagedPolicy | undefined> {
  const ofAws = awsManagedPolicy(arn)
  if (ofAws) return { record: awsRecord(ofAws) }
  if (parseArn(arn)?.account !== caller.principal.accountId) return undefined
  const own = await services.directory.managedPolicyByArn(arn)
  return own && { record: own.value, own }
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
export async function requireOwnPolicy(
  arn: string,
  action: IamOperationName,
  context: Context,
): Promise<Authentic<ManagedPolicyRecord>> {
  const { own } = await requirePolicy(arn, context)
  if (own !== undefined) return own
  const who = context.caller.principal.arn
  const sentence = `User: ${who} is not authorized to perform: iam:${action} on resource: policy ${arn}`
  throw queryError('AccessDenied', sentence)
}

/** Returns a version of a policy. Throws NoSuchEntity. */
export function requireVersion(record: ManagedPolicyRecord, versionId: string): PolicyVersion {
  const version = record.versions.find((version) => version.versionId === versionId)
  if (version) return version
  const sentence = `Policy ${policyArn(record)} version ${versionId} does not exist or is not attachable.`
  throw queryError('NoSuchEntity', sentence)
}

/** The ARN of a managed policy. */
export function policyArn({ accountId, path, policyName }: ManagedPolicyRecord): string {
  return entityArn('policy', { accountId, path, name: policyName })
}

/** Writes the policy's record with `change` applied. */
export function changePolicy(
  entry: Authentic<ManagedPolicyRecord>,
  change: Partial<ManagedPolicyRecord>,
  call: { changes: Changeset },
): ManagedPolicyRecord {
  return changeEntity({ entry }, change, call)
}

/**
 * Lists the lookup rows from the policy to the entities of the caller's account that have it, a few in each turn of the
 * event loop. The entities' own records decide.
 */
export function attachmentsOf(policy: ManagedPolicyRecord, context: Context): Source<AttachmentRecord> {
  const { records } = context.services
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
      const list = (page: Page): Promise<Authentic<AttachmentRecord>[]> =>
        records.listByOwner(attachmentTable, { accountId, policy: reference }, page)
      for await (const { id, value } of pacedRows(list, context, afterRow)) {
        yield { id: `${index}${id.slice(prefix.length)}`, value }
      }
    }
  }
}

/**
 * Returns the policy's record with its number of attachments. For AWS managed policies this number is not stored, so it
 * is counted here.
 */
export async function counted({ record, own }: ManagedPolicy, context: Context): Promise<ManagedPolicyRecord> {
  if (own !== undefined) return record
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
