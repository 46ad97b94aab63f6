import { begunClock, type SeenTime, type Wait, waitOf } from '../../domain/keys/seen-time.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Random } from '../../platform/random.ts'
import type { Authentic, Unread } from './authentic.ts'
import type { Changeset } from './changeset.ts'
import type { RecordReader } from './records.ts'
import { putSetting, type SettingRecord, settingTable } from './setting.ts'

const NAME = 'seen-time'
/** Builds up to 0.1 stored this instead: the newest wall time that they trusted. */
const FORMER_NAME = 'trusted-time'

/** The longest waiting period of a key (AWS KMS API Reference, ScheduleKeyDeletion), in milliseconds. */
export const LONGEST_WINDOW_MS = 30 * 86_400_000

interface Context {
  records: RecordReader
  random: Random
  /** Without it, the machine does not tell how long it runs. */
  clock?: Pick<Clock, 'boot'>
}

/** The stored clock of waiting periods (keys/seen-time.ts), with its row. */
export interface StoredSeenTime {
  row: Authentic<SettingRecord> | Unread<SettingRecord>
  seen: SeenTime
}

/** Reads the clock of waiting periods; `undefined` where none has begun, or its row was removed. */
export async function readSeenTime({ records }: { records: RecordReader }): Promise<StoredSeenTime | undefined> {
  const row = await records.get(settingTable, { name: NAME })
  return row && { row, seen: JSON.parse(row.value.text) as SeenTime }
}

/** Adds the clock to `changes`, over the row that was read; `undefined`: there must be none yet. Returns it as it is once committed. */
export function writeSeenTime(
  seen: SeenTime,
  previous: StoredSeenTime['row'] | undefined,
  changes: Changeset,
): StoredSeenTime {
  const row = putSetting({ name: NAME, text: JSON.stringify(seen) }, previous, changes)
  if (previous === undefined) changes.discard(settingTable, { name: FORMER_NAME })
  return { row, seen }
}

/**
 * Begins a wait of `windowMs` with the commit of `changes`, which fails if the clock is written meanwhile. Begins the
 * clock if there is none.
 */
export async function beginWait(windowMs: number, nowMs: number, context: Context, changes: Changeset): Promise<Wait> {
  const stored = await readSeenTime(context)
  if (stored) changes.require(stored.row)
  const { seen } = stored ?? writeSeenTime(newClock(nowMs, context), undefined, changes)
  return waitOf(seen, windowMs, context.clock?.boot?.())
}

/** Adds a new clock to `changes`, whatever exists: all waiting periods start again. */
export async function beginClockAgain(context: Context & { clock: Clock }, changes: Changeset): Promise<void> {
  const previous = await context.records.unread.get(settingTable, { name: NAME })
  writeSeenTime(newClock(context.clock.now(), context), previous, changes)
}

/** A new clock of waiting periods. */
export function newClock(nowMs: number, { random }: { random: Random }): SeenTime {
  return begunClock(random.uuid(), nowMs)
}
