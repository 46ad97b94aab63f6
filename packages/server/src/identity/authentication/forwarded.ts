import { readSignedQuery } from '@keyhold/protocol'
import type { Caller } from '../accounts/caller.ts'
import { isOwnSigningName } from '../accounts/signing-name.ts'
import { notForwardable, presignedForward } from './refusals.ts'
import { type SignedParts, type SigV4Dependencies, signatureVerifier } from './verify-sigv4.ts'

/** Finds out who signed a request that a service forwards, which must have been meant for that service. */
export type VerifyForwarded = (parts: SignedParts, signingName: string) => Promise<Caller>

/**
 * Verifies the requests that registered services forward. What was signed for one of them says nothing to another, and
 * what was signed for KMS itself is never taken from anybody's hands. A signature in the query may be good for a week, for all who see
 * it: longer than a service may act for a user without being asked again.
 */
export function forwardedVerifier(dependencies: Omit<SigV4Dependencies, 'services'>): VerifyForwarded {
  const verifiers = new Map<string, ReturnType<typeof signatureVerifier>>()
  return async (parts, signingName) => {
    if (isOwnSigningName(signingName)) throw notForwardable(signingName)
    if (readSignedQuery(parts.query) !== undefined) throw presignedForward()
    // As many as there are registered services, whose names callers cannot choose.
    const verify = verifiers.get(signingName) ?? signatureVerifier({ ...dependencies, services: [signingName] })
    verifiers.set(signingName, verify)
    return await verify(parts)
  }
}
