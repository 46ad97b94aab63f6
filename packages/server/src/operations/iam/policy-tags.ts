import { queryOperation } from '../define.ts'
import { arnFault, changePolicy, requireOwnPolicy, requirePolicy } from './managed-policies.ts'
import { needsOnPolicy } from './needed.ts'
import { asOrdered, readPage } from './pages.ts'
import { EXACT_CASE, iamTags, mergedTags, reservedFault, tagFault, withoutTags } from './tags.ts'

export const tagPolicy = queryOperation<'iam', 'TagPolicy'>('iam', {
  name: 'TagPolicy',
  summary: 'Sets tags on a managed policy; a tag that is there already gets the new value.',
  readOnly: false,
  audit: { request: ['PolicyArn', 'Tags'], response: [] },
  check: (input) => arnFault(input) ?? tagFault(input.Tags, EXACT_CASE),
  needs: needsOnPolicy('TagPolicy'),
  async run(call) {
    const policy = await requireOwnPolicy(call.input.PolicyArn, call)
    await changePolicy(policy, { tags: mergedTags(policy.record.tags, call.input.Tags, EXACT_CASE) }, call)
    return undefined
  },
})

export const untagPolicy = queryOperation<'iam', 'UntagPolicy'>('iam', {
  name: 'UntagPolicy',
  summary: 'Removes tags from a managed policy. A tag that is not there is no error.',
  readOnly: false,
  audit: { request: ['PolicyArn', 'TagKeys'], response: [] },
  check: (input) => arnFault(input) ?? reservedFault(input.TagKeys),
  needs: needsOnPolicy('UntagPolicy'),
  async run(call) {
    const policy = await requireOwnPolicy(call.input.PolicyArn, call)
    await changePolicy(policy, { tags: withoutTags(policy.record.tags, call.input.TagKeys, EXACT_CASE) }, call)
    return undefined
  },
})

export const listPolicyTags = queryOperation<'iam', 'ListPolicyTags'>('iam', {
  name: 'ListPolicyTags',
  summary: 'Lists the tags of a managed policy.',
  readOnly: true,
  audit: { request: ['PolicyArn', 'Marker', 'MaxItems'], response: [] },
  check: arnFault,
  needs: needsOnPolicy('ListPolicyTags'),
  async run(call) {
    const { record } = await requirePolicy(call.input.PolicyArn, call)
    const { items, end } = await readPage(call, ['ListPolicyTags', record.policyId], asOrdered(iamTags(record.tags)))
    return { Tags: items, ...end }
  },
})
