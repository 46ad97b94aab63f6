import { queryError } from '@keyhold/protocol'
import type { Session } from '../../identity/accounts/caller.ts'

/**
 * How many bytes of a token callers can fill. A token is sent with each request in one header, in base64 and beside all
 * other headers, which are limited to 16 KiB together.
 */
const MAX_PACKED_BYTES = 8192

/**
 * Returns how much of a session token's space the session policies and session tags use, in percent, or `undefined` if
 * there are none. Claims of a web identity use the same space, but are not reported, because the caller did not pass
 * them. Throws PackedPolicyTooLarge.
 */
export function packedPolicySize({ policies, managedPolicies, tags, federated }: Session): number | undefined {
  requireRoom(percentOf({ policies, managedPolicies, tags, federated }))
  const isPacked = (policies?.length ?? 0) > 0 || managedPolicies !== undefined || tags.length > 0
  return isPacked ? percentOf({ policies, managedPolicies, tags }) : undefined
}

function percentOf(packed: Partial<Session>): number {
  return Math.ceil((Buffer.byteLength(JSON.stringify(packed)) * 100) / MAX_PACKED_BYTES)
}

function requireRoom(percent: number): void {
  if (percent <= 100) return
  const sentence = `Session policies and tags use ${percent} percent of the space in a session token.`
  throw queryError('PackedPolicyTooLarge', sentence)
}
