import type { KeyRecord } from '../../../domain/keys/record.ts'
import { STATE_RULES } from '../../../domain/keys/states.ts'
import { operation } from '../../../execution/define.ts'
import { changeKey } from './change-key.ts'
import { changeSchedule } from '../rotation/change-schedule.ts'
import { managedKey } from '../targets.ts'

export const enableKey = operation<'EnableKey', 'key'>({
  name: 'EnableKey',
  summary: 'Lets a disabled KMS key be used again.',
  readOnly: false,
  keys: { key: managedKey(STATE_RULES.enablement) },
  crossAccount: 'no',
  grantable: false,
  audit: { request: ['KeyId'], response: [] },

  async run(call) {
    const { value } = call.keys.key
    const rotation = resumed(value, call.nowMs)
    if (rotation === undefined) await changeKey(call, { state: 'Enabled' })
    else await changeSchedule(call, rotation, { state: 'Enabled' })
  },
})

/**
 * The schedule of a key whose rotation came due while it was disabled: it rotates now, and a period after now (AWS KMS API
 * Reference, GetKeyRotationStatus, "Disabled"). `undefined` where nothing was missed. Replicas rotate with their primary.
 */
function resumed({ state, rotation, multiRegion }: KeyRecord, nowMs: number): KeyRecord['rotation'] {
  if (state !== 'Disabled' || rotation === undefined || multiRegion?.type === 'REPLICA') return undefined
  return rotation.nextMs < nowMs ? { ...rotation, nextMs: nowMs } : undefined
}
