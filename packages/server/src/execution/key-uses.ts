import type { KeyLastUsageTrackingOperation } from '@keyhold/protocol'
import type { KeyEntry } from '../identity/directory/directory.ts'
import type { AnyOperation } from './define.ts'
import type { Draft } from './draft.ts'
import type { Services } from './services.ts'

/** Records a successful operation as the last use of each of its keys. */
export function noteUses(
  { name, tracksUse }: Pick<AnyOperation, 'name' | 'tracksUse'>,
  keys: Readonly<Record<string, KeyEntry>>,
  { timeMs: usedMs, requestId, eventId }: Draft,
  { keyUses }: Services,
): void {
  if (!tracksUse) return
  // The declaration's type allows only these names to be tracked.
  const operation = name as KeyLastUsageTrackingOperation
  for (const { id } of Object.values(keys)) keyUses.note(id, { usedMs, operation, requestId, eventId })
}
