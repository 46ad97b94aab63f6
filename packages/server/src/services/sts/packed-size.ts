import { queryError } from '@keyhold/protocol'
import type { Session } from '../../identity/accounts/caller.ts'

/**
 * How many bytes of a token callers may fill. A token returns with each request in one header, as base64 and beside all
 * other headers, of which the listener takes 16 KiB.
 */
const MAX_PACKED_BYTES = 8192

/**
 * How much of the room in a session token session policies and session tags take, in percent; nothing where there are none.
 * Claims of a web identity fill the same room, but nobody passed them. Throws PackedPolicyTooLarge.
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
  const sentence = `Session policies and tags take ${percent} percent of the room that a session token has for them.`
  throw queryError('PackedPolicyTooLarge', sentence)
}
