import { readSignedQuery } from '@keyhold/protocol'
import type { Caller } from '../accounts/caller.ts'
import { isOwnSigningName } from '../accounts/signing-name.ts'
import { notForwardable, presignedForward } from './refusals.ts'
import { type SignedParts, type SigV4Dependencies, signatureVerifier } from './verify-sigv4.ts'

/** Verifies the signature of a request that a service forwards, and that must have been sent to that service. */
export type VerifyForwarded = (parts: SignedParts, signingName: string) => Promise<Caller>

/**
 * Verifies the requests that registered services forward. A request that was signed for one service is not accepted
 * from another, and one that was signed for KMS itself is never accepted as forwarded. A signature in the query can be
 * valid for a week for everyone who sees it, longer than a service should be able to act for a user without a new
 * request, so it is refused.
 */
export function forwardedVerifier(dependencies: Omit<SigV4Dependencies, 'services'>): VerifyForwarded {
  const verifiers = new Map<string, ReturnType<typeof signatureVerifier>>()
  return async (parts, signingName) => {
    if (isOwnSigningName(signingName)) throw notForwardable(signingName)
    if (readSignedQuery(parts.query) !== undefined) throw presignedForward()
    // One per registered service; callers cannot choose their names.
    const verify = verifiers.get(signingName) ?? signatureVerifier({ ...dependencies, services: [signingName] })
    verifiers.set(signingName, verify)
    return await verify(parts)
  }
}
