import type { JsonObject, JsonValue } from '@keyhold/protocol'
import type { JWTVerifyGetKey } from 'jose'
import * as errors from 'jose/errors'
import { createLocalJWKSet } from 'jose/jwks/local'
import type { Foreseen } from '../../../platform/foreseen.ts'

/** Finds the key for a token's header in the keys of one issuer, by `kid`, key type, curve, `use` and `alg`. */
export type KeySet = JWTVerifyGetKey

/** Unreadable keys. The message contains no foreign text and can be logged. */
export class KeySetError extends Error implements Foreseen {
  override name = 'KeySetError'
  readonly isForeseen = true
}

const KEY_TYPES: readonly unknown[] = ['RSA', 'EC', 'OKP']

/** NIST SP 800-131A requires 2048 bits; more than 8192 only take time. */
const MIN_RSA_BITS = 2048
const MAX_RSA_BITS = 8192

/**
 * Makes a key set from a JWK set (RFC 7517). Skips keys that it cannot interpret, as section 5 requires, and weak,
 * symmetric and private keys. Throws {@link KeySetError} if no key remains.
 */
export function keySet(document: JsonValue): KeySet {
  const keys = isObject(document) && Array.isArray(document.keys) ? document.keys.filter(isUsable) : []
  if (keys.length === 0) throw new KeySetError('the key set contains no usable public key')
  const find = createLocalJWKSet({ keys })
  return async (header, token) => {
    try {
      return await find(header, token)
    } catch (error) {
      // Some errors come from Node instead of jose, for example for a point that is not on its curve.
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
