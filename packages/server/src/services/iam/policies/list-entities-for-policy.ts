import type { Iam } from '@keyhold/protocol'
import type { PolicyReference } from '../../../domain/policy/policy-reference.ts'
import { type AttachmentRecord, attachmentTable } from '../../../vault/records/attachment.ts'
import type { ManagedPolicyRecord } from '../../../vault/records/managed-policy.ts'
import { type QueryCall, queryOperation } from '../../../execution/define.ts'
import { arnFault, attachmentsOf, policyArn, requirePolicy } from './managed-policies.ts'
import { needsOnPolicy } from '../needed.ts'
import { eachOf, readPage } from '../pages.ts'

export const listEntitiesForPolicy = queryOperation<'iam', 'ListEntitiesForPolicy'>('iam', {
  name: 'ListEntitiesForPolicy',
  summary: 'Lists the users, groups and roles that a managed policy is attached to, or is the permissions boundary of.',
  readOnly: true,
  audit: {
    request: ['PolicyArn', 'EntityFilter', 'PathPrefix', 'PolicyUsageFilter', 'Marker', 'MaxItems'],
    response: [],
  },
  check: arnFault,
  needs: needsOnPolicy('ListEntitiesForPolicy'),

  async run(call) {
    const { EntityFilter, PathPrefix, PolicyUsageFilter } = call.input
    const { record } = await requirePolicy(call.input.PolicyArn, call)
    const holders = eachOf(attachmentsOf(record, call), (attachment) => wantedHolder(attachment, record, call))
    const filters = ['ListEntitiesForPolicy', policyArn(record), EntityFilter, PathPrefix, PolicyUsageFilter]
    const { items, end } = await readPage(call, filters, holders)
    return { ...groupedByKind(items), ...end }
  },
})

type ListCall = QueryCall<'iam', 'ListEntitiesForPolicy'>

/** A user, group or role that has a policy. */
interface Holder {
  kind: AttachmentRecord['kind']
  id: string
  name: string
  path: string
  /** Whether as an attached policy, as a boundary, or both. */
  hows: readonly AttachmentRecord['how'][]
}

async function wantedHolder(
  attachment: AttachmentRecord,
  policy: ManagedPolicyRecord,
  call: ListCall,
): Promise<Holder | undefined> {
  const { EntityFilter, PathPrefix = '/', PolicyUsageFilter } = call.input
  const how = PolicyUsageFilter && (PolicyUsageFilter === 'PermissionsBoundary' ? 'boundary' : 'policy')
  if (how !== undefined && attachment.how !== how) return undefined
  if (EntityFilter !== undefined && EntityFilter.toLowerCase() !== attachment.kind) return undefined
  if (await isListedById(attachment, policy, call)) return undefined
  const holder = await holderOf(attachment, policy, call)
  // An entity that has the policy in both ways appears once, for the attached policy.
  if (how === undefined && attachment.how === 'boundary' && holder?.hows.includes('policy')) return undefined
  return holder?.path.startsWith(PathPrefix) ? holder : undefined
}

/** Returns whether a row of an earlier build has a newer counterpart with the policy's id. */
async function isListedById(
  { how, entityId, policy: { id } }: AttachmentRecord,
  policy: ManagedPolicyRecord,
  { services: { records } }: ListCall,
): Promise<boolean> {
  if (id !== undefined || policy.accountId === 'aws') return false
  const reference = { arn: policyArn(policy), id: policy.policyId }
  return (await records.get(attachmentTable, { policy: reference, how, entityId })) !== undefined
}

/**
 * Returns `undefined` if the entity was deleted, or now has another policy of this name: lookup rows can be outdated.
 */
async function holderOf(
  { kind, how, entityId: id }: AttachmentRecord,
  policy: ManagedPolicyRecord,
  { services: { directory } }: ListCall,
): Promise<Holder | undefined> {
  const record = kind === 'group' ? (await directory.group(id))?.value : (await directory.principal(id))?.value
  if (record === undefined || !('path' in record)) return undefined
  const references = {
    policy: record.attached,
    boundary: 'boundary' in record && record.boundary ? [record.boundary] : [],
  }
  const hows = (['policy', 'boundary'] as const).filter((way) => references[way].some((one) => isTo(policy, one)))
  if (!hows.includes(how)) return undefined
  const { path } = record
  if ('groupName' in record) return { kind, id, path, hows, name: record.groupName }
  return { kind, id, path, hows, name: record.type === 'Role' ? record.roleName : record.userName }
}

function isTo(policy: ManagedPolicyRecord, { arn, id = policy.policyId }: PolicyReference): boolean {
  return arn === policyArn(policy) && id === policy.policyId
}

function groupedByKind(holders: readonly Holder[]): Iam.ListEntitiesForPolicyResponse {
  const sorted = holders.toSorted((a, b) => (a.name.toLowerCase() < b.name.toLowerCase() ? -1 : 1))
  const of = (wanted: Holder['kind']): Holder[] => sorted.filter(({ kind }) => kind === wanted)
  return {
    PolicyGroups: of('group').map(({ name, id }) => ({ GroupName: name, GroupId: id })),
    PolicyUsers: of('user').map(({ name, id }) => ({ UserName: name, UserId: id })),
    PolicyRoles: of('role').map(({ name, id }) => ({ RoleName: name, RoleId: id })),
  }
}
