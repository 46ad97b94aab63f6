import { STATE_RULES } from '../../../domain/keys/states.ts'
import { operation } from '../../../execution/define.ts'
import { changeSchedule } from './change-schedule.ts'
import { requireSchedule } from './rotation-rules.ts'
import { managedKey } from '../targets.ts'

export const disableKeyRotation = operation<'DisableKeyRotation', 'key'>({
  name: 'DisableKeyRotation',
  summary: 'Disables automatic rotation of a KMS key.',
  readOnly: false,
  afterRollback: 'again',
  keys: { key: managedKey(STATE_RULES.rotation) },
  crossAccount: 'no',
  grantable: false,
  rate: 5,
  audit: { request: ['KeyId'], response: [] },

  async run(call) {
    requireSchedule(call.keys.key.value)
    await changeSchedule(call, undefined)
  },
})
