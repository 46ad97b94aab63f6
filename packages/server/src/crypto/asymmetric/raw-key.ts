import { createPublicKey, type KeyObject } from 'node:crypto'

/** Bytes of PKCS #8 DER before the seed: 16 for Ed25519 (RFC 8410), 22 for ML-DSA. */
const SEED_PREFIX_BYTES: Readonly<Record<string, number>> = Object.freeze({
  ed25519: 16,
  'ml-dsa-44': 22,
  'ml-dsa-65': 22,
  'ml-dsa-87': 22,
})

/**
 * Calls `use` with the 32-byte seed of an Ed25519 or ML-DSA key, for libraries that take no KeyObject, and wipes the
 * seed when `use` returns. Throws `TypeError` for any other key.
 */
export function withSeed<T>(key: KeyObject, use: (seed: Uint8Array) => T): T {
  const der = key.export({ format: 'der', type: 'pkcs8' })
  try {
    const start = SEED_PREFIX_BYTES[key.asymmetricKeyType ?? '']
    if (start === undefined || der.byteLength !== start + 32) throw new TypeError('the key is not stored as a seed')
    return use(der.subarray(start))
  } finally {
    der.fill(0)
  }
}

/**
 * Calls `use` with the private scalar of an EC key, `bytes` long, and wipes it when `use` returns. Throws `TypeError`
 * if the scalar has another length.
 */
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

/** The last `bytes` of a public key's SubjectPublicKeyInfo: everything after the algorithm identifier. */
export function publicBytes(key: KeyObject, bytes: number): Uint8Array {
  return publicKeyDer(key).subarray(-bytes)
}

/** The public half as SubjectPublicKeyInfo DER (RFC 5280, 4.1), as GetPublicKey returns it. */
export function publicKeyDer(key: KeyObject): Buffer {
  return publicHalf(key).export({ format: 'der', type: 'spki' })
}

/** Returns the public half of a private key, or `key` itself if it is public. */
export function publicHalf(key: KeyObject): KeyObject {
  return key.type === 'public' ? key : createPublicKey(key)
}

/** Reverses {@link publicKeyDer}. For keys of this service only, not for keys that callers send. */
export function publicKeyOfDer(der: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.from(der), format: 'der', type: 'spki' })
}
