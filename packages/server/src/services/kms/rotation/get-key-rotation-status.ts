import type { KeyState } from '../../../domain/keys/record.ts'
import { STATE_RULES } from '../../../domain/keys/states.ts'
import { operation } from '../../../execution/define.ts'
import { madeHere } from './rotation-rules.ts'
import { managedKey } from '../targets.ts'
import { answeredKey } from '../cryptography/used-key.ts'

/**
 * The next rotation is never in the past: an overdue one happens now, or as soon as the key is enabled, which would be
 * now. An on-demand rotation ends before its response, so none is ever in progress: OnDemandRotationStartDate is
 * absent.
 */
export const getKeyRotationStatus = operation<'GetKeyRotationStatus', 'key'>({
  name: 'GetKeyRotationStatus',
  summary:
    'Returns whether automatic rotation of a KMS key is enabled, its rotation period, and its next rotation date.',
  readOnly: true,
  keys: { key: managedKey(STATE_RULES.any) },
  crossAccount: 'yes',
  grantable: false,
  rate: 1000,
  audit: { request: ['KeyId'], response: [] },

  async run({ keys: { key }, nowMs }) {
    const fault = madeHere(key.value)
    if (fault) throw fault
    const { rotation, state } = key.value
    if (rotation === undefined || isToBeDeleted(state)) return { ...answeredKey(key), KeyRotationEnabled: false }
    return {
      ...answeredKey(key),
      KeyRotationEnabled: true,
      RotationPeriodInDays: rotation.periodDays,
      NextRotationDate: new Date(Math.max(rotation.nextMs, nowMs)),
    }
  },
})

/**
 * A key that is pending deletion does not rotate. Cancelling the deletion restores the schedule. Source: AWS KMS API
 * Reference, GetKeyRotationStatus, "Pending deletion".
 */
function isToBeDeleted(state: KeyState): boolean {
  return state === 'PendingDeletion' || state === 'PendingReplicaDeletion'
}
