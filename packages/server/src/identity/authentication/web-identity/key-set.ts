import type { JsonObject, JsonValue } from '@keyhold/protocol'
import type { JWTVerifyGetKey } from 'jose'
import * as errors from 'jose/errors'
import { createLocalJWKSet } from 'jose/jwks/local'

/** Finds the key for a token's header among those of one issuer, by `kid`, key type, curve, `use` and `alg`. */
export type KeySet = JWTVerifyGetKey

/** Keys that cannot be read. The message is ours and may be logged. */
export class KeySetError extends Error {
  override name = 'KeySetError'
}

const KEY_TYPES: readonly unknown[] = ['RSA', 'EC', 'OKP']

/** NIST SP 800-131A asks for 2048 bits; more than 8192 only cost time. */
const MIN_RSA_BITS = 2048
const MAX_RSA_BITS = 8192

/**
 * Makes a key set of a JWK set (RFC 7517). Keys of which it can make nothing are left out, as section 5 asks, and so are
 * weak ones, symmetric ones and private ones. Throws {@link KeySetError} when no key remains.
 */
export function keySet(document: JsonValue): KeySet {
  const keys = isObject(document) && Array.isArray(document.keys) ? document.keys.filter(isUsable) : []
  if (keys.length === 0) throw new KeySetError('the key set has no public key that can be used')
  const find = createLocalJWKSet({ keys })
  return async (header, token) => {
    try {
      return await find(header, token)
    } catch (error) {
      // What the platform says of a point that is not on its curve, for one, is no error of jose's.
      throw error instanceof errors.JOSEError ? error : new errors.JWKSInvalid()
    }
  }
}

function isUsable(key: JsonValue): key is JsonObject {
  if (!isObject(key) || !KEY_TYPES.includes(key.kty) || 'd' in key) return false
  return key.kty !== 'RSA' || hasGoodModulus(key)
}

function hasGoodModulus({ n }: JsonObject): boolean {
  const bits = typeof n === 'string' ? bitLength(Buffer.from(n, 'base64url')) : 0
  return bits >= MIN_RSA_BITS && bits <= MAX_RSA_BITS
}

function bitLength(bigEndian: Uint8Array): number {
  const first = bigEndian.findIndex((byte) => byte !== 0)
  return first < 0 ? 0 : (bigEndian.byteLength - first) * 8 - (Math.clz32(bigEndian[first] ?? 0) - 24)
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
