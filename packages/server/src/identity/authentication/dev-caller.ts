import type { Caller } from '../accounts/caller.ts'
import { rootPrincipal } from '../accounts/principals.ts'
import type { AccessKeys } from './access-keys.ts'
import { type Accepted, readShape } from './claim.ts'
import type { AcceptsRegion } from './known-regions.ts'
import type { RawRequest } from './raw-request.ts'
import { expiredToken, unknownAccessKey, wrongRegion } from './refusals.ts'
import { isRegion } from './region.ts'

/** That of callers who name none. */
export const DEFAULT_ACCOUNT = '000000000000'
const ACCOUNT = /^\d{12}$/

interface DevOptions {
  accessKeys: AccessKeys
  services: Accepted['services']
  /** As of {@link sigV4Verifier}. */
  acceptsRegion?: AcceptsRegion
  /**
   * Where policies are enforced, whoever has an access key must prove it with its signature, and an access key that
   * nobody has stands for nobody. An account's number is believed even there: it is how tests become its root.
   */
  verify?: (request: RawRequest) => Promise<Caller>
}

/**
 * Callers of a development server, which takes anybody's word. An access key that was made here stands for its owner, one
 * of twelve digits for the root of that account, any other for the root of account 000000000000. Requests must have the form
 * in which `serve` could verify them, so that what works here works there: throws AWS's error for any other. Signatures and
 * their times are not looked at.
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
