import type { Caller } from '../accounts/caller.ts'
import { rootPrincipal } from '../accounts/principals.ts'
import type { AccessKeys } from './access-keys.ts'
import { type Accepted, readShape } from './claim.ts'
import type { AcceptsRegion } from './known-regions.ts'
import type { RawRequest } from './raw-request.ts'
import { expiredToken, unknownAccessKey, wrongRegion } from './refusals.ts'
import { isRegion } from './region.ts'

/** The account of callers that name none. */
export const DEFAULT_ACCOUNT = '000000000000'
const ACCOUNT = /^\d{12}$/

interface DevOptions {
  accessKeys: AccessKeys
  services: Accepted['services']
  /** As for {@link sigV4Verifier}. */
  acceptsRegion?: AcceptsRegion
  /**
   * If policies are enforced, a caller with an access key must prove it with a signature, and an unknown access key is
   * refused. An account number is accepted even then: tests use it to act as the account's root.
   */
  verify?: (request: RawRequest) => Promise<Caller>
}

/**
 * Identifies the callers of a development server, which does not verify signatures. A stored access key identifies its
 * owner, a key id of twelve digits the root of that account, and any other id the root of account 000000000000.
 * Requests must have a form that `serve` could verify, so that what works here works there; throws AWS's error for any
 * other. Signatures and their times are not checked.
 */
export function devCaller(options: DevOptions): (request: RawRequest) => Promise<Caller> {
  const { accessKeys, services, acceptsRegion = isRegion, verify } = options
  const accepted: Accepted = { services, acceptsRegion: isRegion }
  return async (request) => {
    const { authorization, sessionToken } = readShape(request, accepted)
    const { accessKeyId, region, service } = authorization
    if (!(await acceptsRegion(region, service))) throw wrongRegion(region)
    if (ACCOUNT.test(accessKeyId)) return { ...rootPrincipal(accessKeyId), accessKeyId, region, service }
    if (verify) return verify(request)
    const known = await accessKeys.find(accessKeyId, sessionToken)
    if (known?.active === false) throw unknownAccessKey()
    if (known?.owner.session && known.owner.session.expiresMs <= request.receivedAtMs) throw expiredToken()
    return { ...(known?.owner ?? rootPrincipal(DEFAULT_ACCOUNT)), accessKeyId, region, service }
  }
}
