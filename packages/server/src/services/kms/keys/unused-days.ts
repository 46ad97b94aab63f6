import type { OwnConditions } from '../../../domain/policy/request-facts.ts'
import type { KeyEntry } from '../../../identity/directory/directory.ts'
import { DAY_MS } from './new-key.ts'
import type { Found } from '../../../execution/lookup.ts'
import type { Services } from '../../../execution/services.ts'

/**
 * The number of whole days since the last use of a key, so that policies can protect keys in use from being disabled or
 * deleted. Without any use, the days count from the time since which a use would be known (AWS KMS Developer Guide,
 * "kms:TrailingDaysWithoutKeyUsage").
 */
export async function unusedDaysCondition(key: Found | undefined, services: Services): Promise<OwnConditions> {
  if (key?.key === undefined) return {}
  const sinceMs = await unusedSince(key.key, services)
  const days = Math.max(0, Math.floor((services.clock.now() - sinceMs) / DAY_MS))
  return { 'kms:trailingdayswithoutkeyusage': String(days) }
}

/** If the row of a use is missing, the use can have been a moment ago. */
async function unusedSince({ id, value }: KeyEntry, { keyUses, clock }: Services): Promise<number> {
  const use = await keyUses.lastUse(id)
  if (use) return use.usedMs
  return value.hasUses ? clock.now() : keyUses.trackedSince(value)
}
