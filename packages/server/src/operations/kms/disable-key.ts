import { STATE_RULES } from '../../keys/states.ts'
import { operation } from '../define.ts'
import { changeKey } from './change-key.ts'
import { managedKey } from './targets.ts'

export const disableKey = operation<'DisableKey', 'key'>({
  name: 'DisableKey',
  summary: 'Keeps a KMS key from being used until it is enabled again.',
  readOnly: false,
  keys: { key: managedKey(STATE_RULES.enablement) },
  grantable: false,
  audit: { request: ['KeyId'], response: [] },

  async run(call) {
    await changeKey(call, { state: 'Disabled' })
  },
})
