import { STATE_RULES } from '../../../domain/keys/states.ts'
import { mergeTags, tagFault } from '../../../domain/keys/tags.ts'
import { leavesByTags } from '../../../domain/policy/quorum.ts'
import { operation } from '../../../execution/define.ts'
import { changeKey } from './change-key.ts'
import { managedKey } from '../targets.ts'

export const tagResource = operation<'TagResource', 'key'>({
  name: 'TagResource',
  summary: 'Adds tags to a KMS key, or changes the values of existing tags.',
  readOnly: false,
  afterRollback: 'again',
  keys: { key: managedKey(STATE_RULES.alter) },
  crossAccount: 'no',
  grantable: false,
  quorum: {
    protection: 'always',
    concerns: (rule, { input, keys }) => keys.some((key) => leavesByTags(rule, key, mergeTags(key.tags, input.Tags))),
  },
  rate: 10,
  audit: { request: ['KeyId', 'Tags'], response: [] },

  check: ({ Tags }) => tagFault(Tags),

  async run(call) {
    const tags = mergeTags(call.keys.key.value.tags, call.input.Tags)
    const fault = tagFault(tags)
    if (fault) throw fault
    changeKey(call, { tags })
  },
})
