import { STATE_RULES } from '../../keys/states.ts'
import { operation } from '../define.ts'
import { changeKey } from './change-key.ts'
import { managedKey } from './targets.ts'

export const enableKey = operation<'EnableKey', 'key'>({
  name: 'EnableKey',
  summary: 'Lets a disabled KMS key be used again.',
  readOnly: false,
  keys: { key: managedKey(STATE_RULES.enablement) },
  crossAccount: 'no',
  grantable: false,
  audit: { request: ['KeyId'], response: [] },

  async run(call) {
    await changeKey(call, { state: 'Enabled' })
  },
})
