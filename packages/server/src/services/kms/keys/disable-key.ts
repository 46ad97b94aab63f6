import { STATE_RULES } from '../../../domain/keys/states.ts'
import { operation } from '../../../execution/define.ts'
import { withState } from '../../../domain/keys/state-changes.ts'
import { managedKey } from '../targets.ts'
import { unusedDaysCondition } from './unused-days.ts'

export const disableKey = operation<'DisableKey', 'key'>({
  name: 'DisableKey',
  summary: 'Disables a KMS key. It cannot be used for cryptographic operations until you enable it.',
  readOnly: false,
  afterRollback: 'again',
  keys: {
    key: {
      ...managedKey<'DisableKey'>(STATE_RULES.enablement),
      conditions: (_, { key }, services) => unusedDaysCondition(key, services),
    },
  },
  crossAccount: 'no',
  grantable: false,
  quorum: { protection: 'DISABLING' },
  rate: 5,
  audit: { request: ['KeyId'], response: [] },

  async run(call) {
    const { key } = call.keys
    call.changes.update(key, withState(key.value, 'Disabled'))
  },
})
