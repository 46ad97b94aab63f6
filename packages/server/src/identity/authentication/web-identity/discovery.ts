import type { JsonValue } from '@keyhold/protocol'
import type { Outbound } from '../../../platform/outbound/outbound.ts'
import { type KeySet, keySet, KeySetError } from './key-set.ts'

/** Gets an issuer's configuration and then its keys. Throws an OutboundError or a {@link KeySetError}. */
export async function fetchKeySet(issuer: string, outbound: Outbound): Promise<KeySet> {
  // OpenID Connect Discovery 1.0, section 4: a slash at the end of the issuer is removed.
  const configuration = await outbound.getJson(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`)
  return keySet(await outbound.getJson(keySetUrl(configuration, issuer)))
}

/** Section 4.3: a configuration that names another issuer must not be used. */
function keySetUrl(configuration: JsonValue, issuer: string): string {
  const { issuer: named, jwks_uri: url } = members(configuration)
  if (named !== issuer) throw new KeySetError('the configuration at that URL belongs to another issuer')
  if (typeof url !== 'string') throw new KeySetError('the configuration has no jwks_uri')
  return url
}

function members(value: JsonValue): { issuer?: JsonValue; jwks_uri?: JsonValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {}
}
