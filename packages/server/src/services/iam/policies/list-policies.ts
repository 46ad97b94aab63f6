import type { Iam } from '@keyhold/protocol'
import { awsManagedPolicies } from '../../../identity/accounts/aws-policies.ts'
import type { ManagedPolicyRecord } from '../../../vault/records/managed-policy.ts'
import { type QueryCall, queryOperation } from '../../../execution/define.ts'
import { attachedIn } from './attached-aws-policies.ts'
import { oneAfterTheOther, under, eachOf, entityNames, inOrderOf, readPage, type Source } from '../pages.ts'
import { counted, requirePolicy } from './managed-policies.ts'
import { policyView } from '../views.ts'

export const listPolicies = queryOperation<'iam', 'ListPolicies'>('iam', {
  name: 'ListPolicies',
  summary: 'Lists managed policies: AWS managed policies first, then those of the account, each ordered by name.',
  readOnly: true,
  audit: {
    request: ['Scope', 'OnlyAttached', 'PathPrefix', 'PolicyUsageFilter', 'Marker', 'MaxItems'],
    response: [],
  },
  // Lists do not concern a single policy. A denial names the path, as AWS does.
  needs: ({ PathPrefix = '/' }) => [{ action: 'iam:ListPolicies', resource: `policy path ${PathPrefix}` }],

  async run(call) {
    const { Scope = 'All', OnlyAttached, PathPrefix, PolicyUsageFilter } = call.input
    const records = inScope(Scope, call)
    const wanted = eachOf(records, async (record) => (isWanted(record, call.input) ? policyView(record) : undefined))
    const filters = ['ListPolicies', Scope, String(OnlyAttached), PathPrefix, PolicyUsageFilter]
    const { items, end } = await readPage(call, filters, wanted)
    return { Policies: items, ...end }
  },
})

function isWanted(
  { path, attachments, boundaries }: ManagedPolicyRecord,
  { OnlyAttached, PathPrefix = '/', PolicyUsageFilter }: Iam.ListPoliciesRequest,
): boolean {
  if (!path.startsWith(PathPrefix)) return false
  if (OnlyAttached && attachments + boundaries === 0) return false
  if (PolicyUsageFilter === undefined) return true
  return PolicyUsageFilter === 'PermissionsBoundary' ? boundaries > 0 : attachments > 0
}

type ListCall = QueryCall<'iam', 'ListPolicies'>

function inScope(scope: Iam.PolicyScopeType, call: ListCall): Source<ManagedPolicyRecord> {
  const aws = under('aws/', ofAws(call))
  const local = under('local/', ofAccount(call))
  if (scope === 'AWS') return aws
  return scope === 'Local' ? local : oneAfterTheOther(aws, local)
}

function ofAws(call: ListCall): Source<ManagedPolicyRecord> {
  const { PathPrefix = '/', OnlyAttached, PolicyUsageFilter } = call.input
  const inPath = awsManagedPolicies().filter(({ path }) => path.startsWith(PathPrefix))
  const policies = inOrderOf(({ name }) => name.toLowerCase(), inPath)
  const isOfUse = OnlyAttached === true || PolicyUsageFilter !== undefined
  const listed = isOfUse ? attachedIn(policies, call) : policies
  return eachOf(listed, async ({ arn }) => counted(await requirePolicy(arn, call), call))
}

function ofAccount(call: ListCall): Source<ManagedPolicyRecord> {
  const names = entityNames('policy', call.input.PathPrefix, call)
  return eachOf(names, async ({ entityId }) => (await call.services.directory.managedPolicy(entityId))?.value)
}
