import { STATE_RULES } from '../../../domain/keys/states.ts'
import { hasItsMaterial } from '../import/imported-material.ts'
import { operation } from '../../../execution/define.ts'
import { withState } from '../../../domain/keys/state-changes.ts'
import { managedKey } from '../targets.ts'
import { answeredKey } from '../cryptography/used-key.ts'

export const cancelKeyDeletion = operation<'CancelKeyDeletion', 'key'>({
  name: 'CancelKeyDeletion',
  summary: 'Cancels the scheduled deletion of a KMS key. The key is disabled until you enable it.',
  readOnly: false,
  afterRollback: 'again',
  keys: { key: managedKey(STATE_RULES.cancelDeletion) },
  crossAccount: 'no',
  grantable: false,
  rate: 5,
  audit: { request: ['KeyId'], response: ['KeyId'] },

  async run(call) {
    const { keys, services, changes, nowMs } = call
    // A key without its imported material is pending import first.
    const state = (await hasItsMaterial(keys.key.value, nowMs, services)) ? 'Disabled' : 'PendingImport'
    changes.update(keys.key, withState(keys.key.value, state))
    return answeredKey(keys.key)
  },
})
