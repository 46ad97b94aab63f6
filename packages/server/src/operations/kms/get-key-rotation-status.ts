import { STATE_RULES } from '../../keys/states.ts'
import { operation } from '../define.ts'
import { madeHere } from './rotation-rules.ts'
import { managedKey } from './targets.ts'

/** A rotation on demand is done before its answer, so that none is ever in progress: OnDemandRotationStartDate is absent. */
export const getKeyRotationStatus = operation<'GetKeyRotationStatus', 'key'>({
  name: 'GetKeyRotationStatus',
  summary: 'Says whether a KMS key rotates automatically, how often, and when next.',
  readOnly: true,
  keys: { key: managedKey(STATE_RULES.any) },
  crossAccount: 'yes',
  grantable: false,
  audit: { request: ['KeyId'], response: [] },

  async run({ keys: { key } }) {
    const fault = madeHere(key.value)
    if (fault) throw fault
    const { keyId: KeyId, rotation } = key.value
    if (rotation === undefined) return { KeyId, KeyRotationEnabled: false }
    return {
      KeyId,
      KeyRotationEnabled: true,
      RotationPeriodInDays: rotation.periodDays,
      NextRotationDate: new Date(rotation.nextMs),
    }
  },
})
