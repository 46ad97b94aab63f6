import { STATE_RULES } from '../../../domain/keys/states.ts'
import { operation } from '../../../execution/define.ts'
import { changeKey } from './change-key.ts'
import { managedKey } from '../targets.ts'

export const updateKeyDescription = operation<'UpdateKeyDescription', 'key'>({
  name: 'UpdateKeyDescription',
  summary: 'Changes the description of a KMS key.',
  readOnly: false,
  afterRollback: 'again',
  keys: { key: managedKey(STATE_RULES.alter) },
  crossAccount: 'no',
  grantable: false,
  rate: 5,
  audit: { request: ['KeyId', 'Description'], response: [] },

  async run(call) {
    changeKey(call, { description: call.input.Description })
  },
})
