import type { KeyRecord } from '../../../domain/keys/record.ts'
import { synchronizationRecords, synchronizeRelated } from '../multi-region/synchronize.ts'
import type { Call } from '../../../execution/define.ts'
import { changeKey } from '../keys/change-key.ts'

type ScheduleCall = Call<'EnableKeyRotation' | 'DisableKeyRotation' | 'EnableKey', 'key'>

/**
 * Sets when a key rotates, and with it those that are related to it, or `undefined` that it does not. What `own` says
 * changes in the key alone.
 */
export async function changeSchedule(
  call: ScheduleCall,
  rotation: KeyRecord['rotation'],
  own: Partial<KeyRecord> = {},
): Promise<void> {
  const { services, changes, nowMs, alongside } = call
  const record = await changeKey(call, { ...own, rotation })
  await synchronizeRelated(record, [], services, changes)
  for (const each of synchronizationRecords(record, nowMs, services.random)) alongside(each)
}
