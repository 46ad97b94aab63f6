import type { KeyRecord, KeyState } from './record.ts'
import type { Wait } from './seen-time.ts'

/** Returns the key in another state, without the members that belonged to its previous one. */
export function withState(
  key: KeyRecord,
  state: Exclude<KeyState, 'PendingDeletion' | 'PendingReplicaDeletion'>,
): KeyRecord {
  const { deletionMs: _date, deletionWait: _wait, pendingWindowDays: _days, ...rest } = key
  return { ...rest, state }
}

/** Returns the key as it waits for its deletion: until `deletionMs`, and until the service was seen for `deletionWait`. */
export function pendingDeletion(key: KeyRecord, deletionMs: number, deletionWait: Wait): KeyRecord {
  const { pendingWindowDays: _days, ...rest } = key
  return { ...rest, state: 'PendingDeletion', deletionMs, deletionWait }
}

/** Returns the primary key as it waits for its replicas to be deleted. Its own waiting period has this many days. */
export function pendingReplicaDeletion(key: KeyRecord, pendingWindowDays: number): KeyRecord {
  const { deletionMs: _date, deletionWait: _wait, ...rest } = key
  return { ...rest, state: 'PendingReplicaDeletion', pendingWindowDays }
}
