import type { KeyRecord } from '../../../domain/keys/record.ts'
import { synchronizationRecords, synchronizeRelated } from '../multi-region/synchronize.ts'
import type { Call } from '../../../execution/define.ts'
import { changeKey } from '../keys/change-key.ts'

type ScheduleCall = Call<'EnableKeyRotation' | 'DisableKeyRotation' | 'EnableKey', 'key'>

/**
 * Sets the rotation schedule of a key and its related keys, or removes it if `rotation` is `undefined`. `own` changes
 * only the key itself.
 */
export async function changeSchedule(
  call: ScheduleCall,
  rotation: KeyRecord['rotation'],
  own: Partial<KeyRecord> = {},
): Promise<void> {
  const { services, changes, nowMs, alongside } = call
  const record = changeKey(call, { ...own, rotation })
  await synchronizeRelated(record, [], services, changes)
  for (const each of synchronizationRecords(record, nowMs, services.random)) alongside(each)
}
