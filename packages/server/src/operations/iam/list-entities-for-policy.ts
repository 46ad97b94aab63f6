import type { Iam } from '@keyhold/protocol'
import type { AttachmentRecord } from '../../identity/attachment-rows.ts'
import { type QueryCall, queryOperation } from '../define.ts'
import { arnFault, attachmentsOf, policyArn, requirePolicy } from './managed-policies.ts'
import { needsOnPolicy } from './needed.ts'
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

async function wantedHolders(policy: Parameters<typeof policyArn>[0], call: ListCall): Promise<Holder[]> {
  const { EntityFilter, PathPrefix = '/', PolicyUsageFilter } = call.input
  const how = PolicyUsageFilter && (PolicyUsageFilter === 'PermissionsBoundary' ? 'boundary' : 'policy')
  const attachments = (await attachmentsOf(policyArn(policy), call)).filter(
    (attachment) =>
      (how === undefined || attachment.how === how) &&
      (EntityFilter === undefined || EntityFilter.toLowerCase() === attachment.kind),
  )
  // Who has the policy in both ways is one holder.
  const distinct = new Map(attachments.map((attachment) => [attachment.entityId, attachment]))
  const holders = await Promise.all([...distinct.values()].map((attachment) => holderOf(attachment, call)))
  return holders.filter((holder) => holder !== undefined).filter(({ path }) => path.startsWith(PathPrefix))
}

async function holderOf(
  { kind, entityId: id }: AttachmentRecord,
  { services: { directory } }: ListCall,
): Promise<Holder | undefined> {
  const record = kind === 'group' ? (await directory.group(id))?.value : (await directory.principal(id))?.value
  if (record === undefined || !('path' in record)) return undefined
  const { path } = record
  if ('groupName' in record) return { kind, id, path, name: record.groupName }
  return { kind, id, path, name: record.type === 'Role' ? record.roleName : record.userName }
}

function groupedByKind(holders: readonly Holder[]): Iam.ListEntitiesForPolicyResponse {
  const of = (wanted: Holder['kind']): Holder[] => holders.filter(({ kind }) => kind === wanted)
  return {
    PolicyGroups: of('group').map(({ name, id }) => ({ GroupName: name, GroupId: id })),
    PolicyUsers: of('user').map(({ name, id }) => ({ UserName: name, UserId: id })),
    PolicyRoles: of('role').map(({ name, id }) => ({ RoleName: name, RoleId: id })),
  }
}
