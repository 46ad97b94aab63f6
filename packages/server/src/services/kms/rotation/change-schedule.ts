import type { KeyRecord } from '../../../domain/keys/record.ts'
import { synchronizationRecords, synchronizeRelated } from '../multi-region/synchronize.ts'
import type { Call } from '../../../execution/define.ts'

type ScheduleCall = Call<'EnableKeyRotation' | 'DisableKeyRotation' | 'EnableKey', 'key'>

/** Sets the rotation schedule of a key and its related keys, or removes it if `rotation` is `undefined`. */
export function changeSchedule(call: ScheduleCall, rotation: KeyRecord['rotation']): Promise<void> {
  return writeSchedule({ ...call.keys.key.value, rotation }, call)
}

/** Writes the key's changed record, and its rotation schedule into the related keys. */
export async function writeSchedule(
  record: KeyRecord,
  { keys, services, changes, nowMs, alongside }: ScheduleCall,
): Promise<void> {
  changes.update(keys.key, record)
  await synchronizeRelated(record, [], services, changes)
  for (const each of synchronizationRecords(record, nowMs, services.random)) alongside(each)
}
