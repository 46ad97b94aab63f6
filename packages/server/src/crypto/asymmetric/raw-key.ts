import { createPublicKey, type KeyObject } from 'node:crypto'

/** DER of PKCS #8 around nothing but a seed: 16 bytes before one of Ed25519 (RFC 8410), 22 before one of ML-DSA. */
const SEED_PREFIX_BYTES: Readonly<Record<string, number>> = Object.freeze({
  ed25519: 16,
  'ml-dsa-44': 22,
  'ml-dsa-65': 22,
  'ml-dsa-87': 22,
})

/**
 * Calls `use` with the 32 bytes from which an Ed25519 or ML-DSA key is derived, for libraries that take no KeyObject,
 * and wipes them when it returns.
 */
export function withSeed<T>(key: KeyObject, use: (seed: Uint8Array) => T): T {
  const der = key.export({ format: 'der', type: 'pkcs8' })
  try {
    const start = SEED_PREFIX_BYTES[key.asymmetricKeyType ?? '']
    if (start === undefined || der.byteLength !== start + 32) throw new TypeError('not a key in the form of a seed')
    return use(der.subarray(start))
  } finally {
    der.fill(0)
  }
}

/** Calls `use` with the private scalar of an EC key, `bytes` long, and wipes it when it returns. */
export function withScalar<T>(key: KeyObject, bytes: number, use: (scalar: Uint8Array) => T): T {
  const der = key.export({ format: 'der', type: 'sec1' })
  try {
    // RFC 5915, section 3: an ECPrivateKey begins with version 1 and the private key as an OCTET STRING.
    const start = der.indexOf(Buffer.of(0x02, 1, 1, 0x04, bytes)) + 5
    if (start < 7 || start > 8) throw new TypeError('not an EC private key of this curve')
    return use(der.subarray(start, start + bytes))
  } finally {
    der.fill(0)
  }
}

/** The last `bytes` of a public key's SubjectPublicKeyInfo: all that follows its algorithm identifier. */
export function publicBytes(key: KeyObject, bytes: number): Uint8Array {
  return publicKeyDer(key).subarray(-bytes)
}

/** The public half as SubjectPublicKeyInfo DER (RFC 5280, 4.1), as GetPublicKey answers it. */
export function publicKeyDer(key: KeyObject): Buffer {
  return publicHalf(key).export({ format: 'der', type: 'spki' })
}

/** The public half of a private key, or the public key that it is already. */
export function publicHalf(key: KeyObject): KeyObject {
  return key.type === 'public' ? key : createPublicKey(key)
}

/** Reverses {@link publicKeyDer}: for keys of this service, not for what strangers send. */
export function publicKeyOfDer(der: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.from(der), format: 'der', type: 'spki' })
}
