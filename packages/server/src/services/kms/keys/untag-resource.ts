import { STATE_RULES } from '../../../domain/keys/states.ts'
import type { Tag } from '../../../domain/keys/record.ts'
import { leavesByTags } from '../../../domain/policy/quorum.ts'
import { operation } from '../../../execution/define.ts'
import { changeKey } from './change-key.ts'
import { managedKey } from '../targets.ts'

export const untagResource = operation<'UntagResource', 'key'>({
  name: 'UntagResource',
  summary: 'Removes tags from a KMS key. Tags that the key does not have are ignored.',
  readOnly: false,
  afterRollback: 'again',
  keys: { key: managedKey(STATE_RULES.alter) },
  crossAccount: 'no',
  grantable: false,
  quorum: {
    protection: 'always',
    concerns: (rule, { input, keys }) => keys.some((key) => leavesByTags(rule, key, without(key.tags, input.TagKeys))),
  },
  rate: 5,
  audit: { request: ['KeyId', 'TagKeys'], response: [] },

  async run(call) {
    changeKey(call, { tags: without(call.keys.key.value.tags, call.input.TagKeys) })
  },
})

function without(tags: readonly Tag[], removed: readonly string[]): Tag[] {
  return tags.filter(({ TagKey }) => !removed.includes(TagKey))
}
