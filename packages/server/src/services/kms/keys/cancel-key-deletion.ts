import { STATE_RULES } from '../../../domain/keys/states.ts'
import { hasItsMaterial } from '../import/imported-material.ts'
import { operation } from '../../../execution/define.ts'
import { changeKey } from './change-key.ts'
import { managedKey } from '../targets.ts'
import { answeredKey } from '../cryptography/used-key.ts'

export const cancelKeyDeletion = operation<'CancelKeyDeletion', 'key'>({
  name: 'CancelKeyDeletion',
  summary: 'Takes back a scheduled deletion. The key stays disabled until it is enabled.',
  readOnly: false,
  keys: { key: managedKey(STATE_RULES.cancelDeletion) },
  crossAccount: 'no',
  grantable: false,
  audit: { request: ['KeyId'], response: ['KeyId'] },

  async run(call) {
    const { keys, services, nowMs } = call
    // A key that lacks imported material waits for that first.
    const state = (await hasItsMaterial(keys.key.value, nowMs, services)) ? 'Disabled' : 'PendingImport'
    await changeKey(call, { state, deletionMs: undefined, deletionWait: undefined, pendingWindowDays: undefined })
    return answeredKey(keys.key)
  },
})
