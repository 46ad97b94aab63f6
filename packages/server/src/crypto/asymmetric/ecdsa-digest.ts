import type { KeyObject } from 'node:crypto'
import type { ECDSA } from '@noble/curves/abstract/weierstrass.js'
import { p256, p384, p521 } from '@noble/curves/nist.js'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import type { DigestScheme } from './digest-scheme.ts'
import { publicBytes, withScalar } from './raw-key.ts'

/** By the curve's name in OpenSSL. */
const CURVES: Readonly<Record<string, ECDSA>> = Object.freeze({
  prime256v1: p256,
  secp384r1: p384,
  secp521r1: p521,
  secp256k1,
})

/**
 * Signs the digest itself. Both values of s are valid (FIPS 186-5, 6.4): only Bitcoin forbids the greater one, and
 * OpenSSL produces it half of the time.
 */
const OPTIONS = { prehash: false, lowS: false, format: 'der' } as const

/**
 * ECDSA (FIPS 186-5, 6.4) over a caller's digest. The nonce is the one of RFC 6979 with fresh randomness mixed in
 * (3.6). Neither a weak generator nor a fault in the computation reveals the key by itself.
 */
export const ecdsaDigest: DigestScheme = {
  sign({ key, digest }) {
    const curve = curveOf(key)
    const { secretKey } = curve.lengths
    return withScalar(key, secretKey ?? 0, (scalar) => curve.sign(digest, scalar, { ...OPTIONS, extraEntropy: true }))
  },

  verify({ key, digest }, signature) {
    const curve = curveOf(key)
    const publicKey = publicBytes(key, curve.lengths.publicKeyUncompressed ?? 0)
    return curve.verify(signature, digest, publicKey, OPTIONS)
  },
}

function curveOf(key: KeyObject): ECDSA {
  const curve = CURVES[key.asymmetricKeyDetails?.namedCurve ?? '']
  if (curve === undefined) throw new TypeError('not a key of a known curve')
  return curve
}
