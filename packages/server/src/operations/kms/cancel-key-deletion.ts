import { STATE_RULES } from '../../keys/states.ts'
import { operation } from '../define.ts'
import { changeKey } from './change-key.ts'
import { answeredKey } from './symmetric.ts'
import { managedKey } from './targets.ts'

export const cancelKeyDeletion = operation<'CancelKeyDeletion', 'key'>({
  name: 'CancelKeyDeletion',
  summary: 'Takes back a scheduled deletion. The key stays disabled until it is enabled.',
  readOnly: false,
  keys: { key: managedKey(STATE_RULES.cancelDeletion) },
  grantable: false,
  audit: { request: ['KeyId'], response: ['KeyId'] },

  async run(call) {
    await changeKey(call, { state: 'Disabled', deletionMs: undefined, pendingWindowDays: undefined })
    return answeredKey(call.keys.key)
  },
})
