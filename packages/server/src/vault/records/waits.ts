import type { Hierarchy } from '../hierarchy/hierarchy.ts'
import { begunClock, type SeenTime, type Wait, waitOf } from '../../domain/keys/seen-time.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Random } from '../../platform/random.ts'
import type { Changeset } from './changeset.ts'
import type { Row, Store } from '../storage/store.ts'
import { readSetting, settingName, settingRow } from './settings.ts'

const NAME = 'seen-time'
/** What builds up to 0.1 kept instead: the newest wall time that they trusted. */
const FORMER_NAME = 'trusted-time'

/** The longest waiting period of a key (AWS KMS API Reference, ScheduleKeyDeletion), in milliseconds. */
export const LONGEST_WINDOW_MS = 30 * 86_400_000

interface Context {
  store: Store
  hierarchy: Hierarchy
}

/** The clock of waiting periods (keys/seen-time.ts) as it is stored, with its row. */
export interface StoredSeenTime {
  row: Row
  seen: SeenTime
}

/** Reads the clock of waiting periods, authenticated; `undefined` where none has begun, or its row was removed. */
export async function readSeenTime(context: Context): Promise<StoredSeenTime | undefined> {
  const row = await readSetting(NAME, context)
  return row && { row, seen: JSON.parse(row.body) as SeenTime }
}

/** Adds the clock to `changes`, over the row that was read; `undefined`: there must be none yet. */
export async function writeSeenTime(
  seen: SeenTime,
  previous: Row | undefined,
  { hierarchy }: Pick<Context, 'hierarchy'>,
  changes: Changeset,
): Promise<StoredSeenTime> {
  const row = await settingRow(NAME, JSON.stringify(seen), { previous }, hierarchy)
  changes.update(row)
  if (previous === undefined) changes.discard(settingName, FORMER_NAME)
  return { row, seen }
}

/**
 * Begins a wait of `windowMs` with the commit of `changes`, which fails if the clock is written meanwhile. Begins the clock
 * where there is none.
 */
export async function beginWait(
  windowMs: number,
  nowMs: number,
  context: Context & { random: Random },
  changes: Changeset,
): Promise<Wait> {
  const stored = await readSeenTime(context)
  if (stored) changes.require(stored.row)
  const { seen } = stored ?? (await writeSeenTime(newClock(nowMs, context), undefined, context, changes))
  return waitOf(seen, windowMs)
}

/** Adds another clock to `changes`, whatever there was: everything that waits starts over. */
export async function beginClockAgain(
  context: Context & { clock: Clock; random: Random },
  changes: Changeset,
): Promise<void> {
  const previous = await context.store.get('setting', NAME)
  await writeSeenTime(newClock(context.clock.now(), context), previous, context, changes)
}

/** A clock of waiting periods that nothing was measured by yet. */
export function newClock(nowMs: number, { random }: { random: Random }): SeenTime {
  return begunClock(random.uuid(), nowMs)
}
