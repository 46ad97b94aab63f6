import { STATE_RULES } from '../../../domain/keys/states.ts'
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
  rate: 5,
  audit: { request: ['KeyId', 'TagKeys'], response: [] },

  async run(call) {
    const removed = new Set(call.input.TagKeys)
    const tags = call.keys.key.value.tags.filter(({ TagKey }) => !removed.has(TagKey))
    changeKey(call, { tags })
  },
})
