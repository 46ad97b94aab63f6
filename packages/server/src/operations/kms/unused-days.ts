import type { OwnConditions } from '../../authorization/request-facts.ts'
import { DAY_MS } from '../../lifecycle/new-key.ts'
import type { Found } from '../found.ts'
import type { Services } from '../services.ts'

/**
 * For how many whole days a key has not been used, so that policies can keep keys in use from being disabled or deleted.
 * Without a use that is known, the days count from when one would be (AWS KMS Developer Guide,
 * "kms:TrailingDaysWithoutKeyUsage").
 */
export async function unusedDaysCondition(
  key: Found | undefined,
  { keyUses, clock }: Services,
): Promise<OwnConditions> {
  if (key?.key === undefined) return {}
  const { row, value } = key.key
  const sinceMs = (await keyUses.lastUse(row.id))?.usedMs ?? keyUses.trackedSince(value)
  return { 'kms:trailingdayswithoutkeyusage': String(Math.max(0, Math.floor((clock.now() - sinceMs) / DAY_MS))) }
}
