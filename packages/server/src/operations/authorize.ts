import { serviceError } from '@keyhold/protocol'
import { decide } from '../authorization/decide.ts'
import type { Decision } from '../authorization/decision.ts'
import type { KeyEntry } from '../directory/directory.ts'
import type { Caller } from '../identity/caller.ts'
import type { Found } from './found.ts'

/** Whether the caller may do this to what was found, or to what was not. */
export function decideFor(found: Pick<Found, 'ownerAccountId' | 'hiddenAs'>, caller: Caller, action: string): Decision {
  const { ownerAccountId, hiddenAs } = found
  return decide({ principal: caller.principal, action: `kms:${action}`, ownerAccountId, hiddenAs })
}

/** Throws what a denied caller is told. */
export function requireAllowed(decision: Decision): void {
  if (!decision.allowed) throw serviceError('AccessDeniedException', decision.sentence)
}

/** The key, once the caller may know of it: denial comes before "not found", so that strangers learn nothing. */
export function authorizedKey(found: Found, caller: Caller, action: string): KeyEntry {
  requireAllowed(decideFor(found, caller, action))
  if (found.missing) throw found.missing
  return found.key
}
