import { queryError } from '@keyhold/protocol'
import type { Session } from '../../identity/caller.ts'

/**
 * How many bytes of a token callers may fill. A token returns with each request in one header, as base64 and beside all
 * other headers, of which the listener takes 16 KiB.
 */
const MAX_PACKED_BYTES = 8192

/**
 * How much of the room in a session token policies, tags and claims take, in percent; nothing where there are none.
 * Throws PackedPolicyTooLarge.
 */
export function packedPolicySize({ policies, managedPolicies, tags, federated }: Session): number | undefined {
  if (policies === undefined && managedPolicies === undefined && tags.length === 0 && federated === undefined)
    return undefined
  const bytes = Buffer.byteLength(JSON.stringify({ policies, managedPolicies, tags, federated }))
  const percent = Math.ceil((bytes * 100) / MAX_PACKED_BYTES)
  if (percent <= 100) return percent
  const sentence = `Session policies and tags take ${percent} percent of the room that a session token has for them.`
  throw queryError('PackedPolicyTooLarge', sentence)
}
