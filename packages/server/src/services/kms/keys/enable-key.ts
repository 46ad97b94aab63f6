import type { KeyRecord } from '../../../domain/keys/record.ts'
import { STATE_RULES } from '../../../domain/keys/states.ts'
import { operation } from '../../../execution/define.ts'
import { withState } from '../../../domain/keys/state-changes.ts'
import { writeSchedule } from '../rotation/change-schedule.ts'
import { managedKey } from '../targets.ts'

export const enableKey = operation<'EnableKey', 'key'>({
  name: 'EnableKey',
  summary: 'Enables a disabled KMS key.',
  readOnly: false,
  afterRollback: 'again where nothing is missing',
  keys: { key: managedKey(STATE_RULES.enablement) },
  crossAccount: 'no',
  grantable: false,
  rate: 5,
  audit: { request: ['KeyId'], response: [] },

  async run(call) {
    const { key } = call.keys
    const enabled = withState(key.value, 'Enabled')
    const rotation = resumed(key.value, call.nowMs)
    if (rotation === undefined) call.changes.update(key, enabled)
    else await writeSchedule({ ...enabled, rotation }, call)
  },
})

/**
 * Returns the schedule of a key that missed a rotation while it was disabled: it rotates now, and one period from now
 * (AWS KMS API Reference, GetKeyRotationStatus, "Disabled"). Returns `undefined` if no rotation was missed. Replicas
 * rotate with their primary.
 */
function resumed({ state, rotation, multiRegion }: KeyRecord, nowMs: number): KeyRecord['rotation'] {
  if (state !== 'Disabled' || rotation === undefined || multiRegion?.type === 'REPLICA') return undefined
  return rotation.nextMs < nowMs ? { ...rotation, nextMs: nowMs } : undefined
}
