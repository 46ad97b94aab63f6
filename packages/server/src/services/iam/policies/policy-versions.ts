import { queryError } from '@keyhold/protocol'
import { type AnyOperation, queryOperation } from '../../../execution/define.ts'
import { requireManagedPolicy } from './documents.ts'
import { arnFault, changePolicy, requireOwnPolicy, requirePolicy, requireVersion } from './managed-policies.ts'
import { needsOnPolicy } from '../needed.ts'
import { asOrdered, readPage } from '../pages.ts'
import { QUOTAS } from '../account/quotas.ts'
import { versionView, wholeVersion } from '../views.ts'

const TOO_MANY =
  `A managed policy can have up to ${QUOTAS.VersionsPerPolicy} versions. Before you create a new version, you must delete an ` +
  'existing version.'

const createPolicyVersion = queryOperation<'iam', 'CreatePolicyVersion'>('iam', {
  name: 'CreatePolicyVersion',
  summary: 'Creates a version of a managed policy. It takes effect when it is the default version.',
  readOnly: false,
  afterRollback: 'again',
  documents: ['PolicyDocument'],
  audit: { request: ['PolicyArn', 'PolicyDocument', 'SetAsDefault'], response: ['PolicyVersion'] },
  check: arnFault,
  needs: needsOnPolicy('CreatePolicyVersion'),

  async run(call) {
    const { PolicyArn, PolicyDocument, SetAsDefault = false } = call.input
    requireManagedPolicy(PolicyDocument)
    const policy = await requireOwnPolicy(PolicyArn, 'CreatePolicyVersion', call)
    const { versions, nextVersion, defaultVersion } = policy.value
    if (versions.length >= QUOTAS.VersionsPerPolicy) throw queryError('LimitExceeded', TOO_MANY)
    const version = { versionId: `v${nextVersion}`, text: PolicyDocument, createdMs: call.nowMs }
    const change = {
      versions: [...versions, version],
      nextVersion: nextVersion + 1,
      defaultVersion: SetAsDefault ? version.versionId : defaultVersion,
      updatedMs: call.nowMs,
    }
    return { PolicyVersion: versionView(changePolicy(policy, change, call), version) }
  },
})

const getPolicyVersion = queryOperation<'iam', 'GetPolicyVersion'>('iam', {
  name: 'GetPolicyVersion',
  summary: 'Returns a version of a managed policy with its document, as it was submitted.',
  readOnly: true,
  audit: { request: ['PolicyArn', 'VersionId'], response: [] },
  check: arnFault,
  needs: needsOnPolicy('GetPolicyVersion'),

  async run(call) {
    const policy = await requirePolicy(call.input.PolicyArn, call)
    return { PolicyVersion: wholeVersion(policy.record, requireVersion(policy.record, call.input.VersionId)) }
  },
})

const deletePolicyVersion = queryOperation<'iam', 'DeletePolicyVersion'>('iam', {
  name: 'DeletePolicyVersion',
  summary: 'Deletes a version of a managed policy. It must not be the default version.',
  readOnly: false,
  afterRollback: 'again',
  audit: { request: ['PolicyArn', 'VersionId'], response: [] },
  check: arnFault,
  needs: needsOnPolicy('DeletePolicyVersion'),

  async run(call) {
    const policy = await requireOwnPolicy(call.input.PolicyArn, 'DeletePolicyVersion', call)
    const { versionId } = requireVersion(policy.value, call.input.VersionId)
    if (versionId === policy.value.defaultVersion) {
      throw queryError('DeleteConflict', 'Cannot delete the default version of a policy.')
    }
    const versions = policy.value.versions.filter((version) => version.versionId !== versionId)
    changePolicy(policy, { versions }, call)
    return undefined
  },
})

const listPolicyVersions = queryOperation<'iam', 'ListPolicyVersions'>('iam', {
  name: 'ListPolicyVersions',
  summary: 'Lists the versions of a managed policy, the newest first.',
  readOnly: true,
  audit: { request: ['PolicyArn', 'Marker', 'MaxItems'], response: [] },
  check: arnFault,
  needs: needsOnPolicy('ListPolicyVersions'),

  async run(call) {
    const { record } = await requirePolicy(call.input.PolicyArn, call)
    const views = record.versions.toReversed().map((version) => versionView(record, version))
    const { items, end } = await readPage(call, ['ListPolicyVersions', record.policyId], asOrdered(views))
    return { Versions: items, ...end }
  },
})

const setDefaultPolicyVersion = queryOperation<'iam', 'SetDefaultPolicyVersion'>('iam', {
  name: 'SetDefaultPolicyVersion',
  summary: 'Sets the default version of a managed policy, which applies to all entities that have the policy.',
  readOnly: false,
  afterRollback: 'again',
  audit: { request: ['PolicyArn', 'VersionId'], response: [] },
  check: arnFault,
  needs: needsOnPolicy('SetDefaultPolicyVersion'),

  async run(call) {
    const policy = await requireOwnPolicy(call.input.PolicyArn, 'SetDefaultPolicyVersion', call)
    const { versionId } = requireVersion(policy.value, call.input.VersionId)
    changePolicy(policy, { defaultVersion: versionId, updatedMs: call.nowMs }, call)
    return undefined
  },
})

/** The operations for versions of managed policies. */
export const POLICY_VERSION_OPERATIONS: readonly AnyOperation[] = [
  createPolicyVersion,
  getPolicyVersion,
  deletePolicyVersion,
  listPolicyVersions,
  setDefaultPolicyVersion,
]
