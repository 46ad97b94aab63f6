import type { Iam } from '@keyhold/protocol'
import type { PolicyReference } from '../../authorization/policy-reference.ts'
import type { AttachmentRecord } from '../../identity/attachment-rows.ts'
import type { ManagedPolicyRecord } from '../../identity/records.ts'
import { type QueryCall, queryOperation } from '../define.ts'
import { arnFault, attachmentsOf, policyArn, requirePolicy } from './managed-policies.ts'
import { needsOnPolicy } from './needed.ts'
import { ROWS_PER_TURN } from './paced-rows.ts'
import { inOrderOf, readPage } from './pages.ts'

export const listEntitiesForPolicy = queryOperation<'iam', 'ListEntitiesForPolicy'>('iam', {
  name: 'ListEntitiesForPolicy',
  summary: 'Lists the users, groups and roles that have a managed policy, attached or as their boundary.',
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
    const holders = inOrderOf(({ kind, name }) => `${kind}/${name.toLowerCase()}`, await wantedHolders(record, call))
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
}

async function wantedHolders(policy: ManagedPolicyRecord, call: ListCall): Promise<Holder[]> {
  const { EntityFilter, PathPrefix = '/', PolicyUsageFilter } = call.input
  const how = PolicyUsageFilter && (PolicyUsageFilter === 'PermissionsBoundary' ? 'boundary' : 'policy')
  const attachments = (await attachmentsOf(policy, call)).filter(
    (attachment) =>
      (how === undefined || attachment.how === how) &&
      (EntityFilter === undefined || EntityFilter.toLowerCase() === attachment.kind),
  )
  const holders: Holder[] = []
  for (const [index, attachment] of attachments.entries()) {
    // As many as the quotas allow are 6,000, and looking at each may read its whole record.
    if (index > 0 && index % ROWS_PER_TURN === 0) await call.services.directory.slices.next()
    const holder = await holderOf(attachment, policy, call)
    if (holder?.path.startsWith(PathPrefix)) holders.push(holder)
  }
  // Who has the policy in both ways is one holder.
  return [...new Map(holders.map((holder) => [holder.id, holder])).values()]
}

/** `undefined` where the entity has gone, or has another policy of this name: a row that only leads back may be old. */
async function holderOf(
  { kind, how, entityId: id }: AttachmentRecord,
  policy: ManagedPolicyRecord,
  { services: { directory } }: ListCall,
): Promise<Holder | undefined> {
  const record = kind === 'group' ? (await directory.group(id))?.value : (await directory.principal(id))?.value
  if (record === undefined || !('path' in record)) return undefined
  const boundary = 'boundary' in record && record.boundary ? [record.boundary] : []
  if (!(how === 'boundary' ? boundary : record.attached).some((reference) => isTo(policy, reference))) return undefined
  const { path } = record
  if ('groupName' in record) return { kind, id, path, name: record.groupName }
  return { kind, id, path, name: record.type === 'Role' ? record.roleName : record.userName }
}

function isTo(policy: ManagedPolicyRecord, { arn, id = policy.policyId }: PolicyReference): boolean {
  return arn === policyArn(policy) && id === policy.policyId
}

function groupedByKind(holders: readonly Holder[]): Iam.ListEntitiesForPolicyResponse {
  const of = (wanted: Holder['kind']): Holder[] => holders.filter(({ kind }) => kind === wanted)
  return {
    PolicyGroups: of('group').map(({ name, id }) => ({ GroupName: name, GroupId: id })),
    PolicyUsers: of('user').map(({ name, id }) => ({ UserName: name, UserId: id })),
    PolicyRoles: of('role').map(({ name, id }) => ({ RoleName: name, RoleId: id })),
  }
}
