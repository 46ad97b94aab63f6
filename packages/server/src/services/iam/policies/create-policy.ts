import { type ManagedPolicyRecord, managedPolicyTable } from '../../../vault/records/managed-policy.ts'
import { identifier } from '../../../identity/accounts/identifiers.ts'
import { type QueryCall, queryOperation } from '../../../execution/define.ts'
import { requireManagedPolicy } from './documents.ts'
import { neededToMake } from '../needed.ts'
import { addEntity } from '../new-entity.ts'
import { EXACT_CASE, mergedTags, tagFault } from '../tags.ts'
import { wholePolicy } from '../views.ts'

export const createPolicy = queryOperation<'iam', 'CreatePolicy'>('iam', {
  name: 'CreatePolicy',
  summary: 'Creates a managed policy.',
  readOnly: false,
  afterRollback: 'again',
  documents: ['PolicyDocument'],
  audit: { request: ['PolicyName', 'PolicyDocument', 'Path', 'Description', 'Tags'], response: ['Policy'] },

  check: ({ Tags }) => tagFault(Tags, EXACT_CASE),

  needs(input, context) {
    const place = { kind: 'policy', path: input.Path, name: input.PolicyName } as const
    const create = neededToMake('CreatePolicy', place, context)
    return input.Tags?.length ? [create, neededToMake('TagPolicy', place, context)] : [create]
  },

  async run(call) {
    requireManagedPolicy(call.input.PolicyDocument)
    const record = newPolicy(call)
    await addEntity(
      { kind: 'policy', entityId: record.policyId, name: record.policyName },
      managedPolicyTable,
      record,
      call,
    )
    return { Policy: wholePolicy(record) }
  },
})

function newPolicy({ input, caller, services, nowMs }: QueryCall<'iam', 'CreatePolicy'>): ManagedPolicyRecord {
  return {
    policyId: identifier('ANPA', services.random),
    policyName: input.PolicyName,
    accountId: caller.principal.accountId,
    path: input.Path ?? '/',
    description: input.Description ?? '',
    tags: mergedTags([], input.Tags, EXACT_CASE),
    createdMs: nowMs,
    updatedMs: nowMs,
    versions: [{ versionId: 'v1', text: input.PolicyDocument, createdMs: nowMs }],
    defaultVersion: 'v1',
    nextVersion: 2,
    attachments: 0,
    boundaries: 0,
  }
}
