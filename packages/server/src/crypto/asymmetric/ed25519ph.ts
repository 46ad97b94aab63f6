import { hash } from 'node:crypto'
import { eddsa } from '@noble/curves/abstract/edwards.js'
import { ed25519 } from '@noble/curves/ed25519.js'
import type { DigestScheme } from './digest-scheme.ts'
import { publicBytes, withSeed } from './raw-key.ts'

/**
 * RFC 8032, section 2: dom2(1, "") means "pre-hashed, no context". A signature is therefore never valid for plain
 * Ed25519 too.
 */
const DOM2 = Buffer.concat([Buffer.from('SigEd25519 no Ed25519 collisions', 'latin1'), Buffer.of(1, 0)])

/**
 * Ed25519ph (RFC 8032, 5.1) over a SHA-512 digest that the caller computed. noble's own `ed25519ph` hashes the digest
 * again; all other parameters are noble's. Unlike ZIP 215, points must have their canonical encoding.
 */
const ed25519ph = eddsa(ed25519.Point, sha512, {
  prehash: (digest: Uint8Array) => Uint8Array.from(digest),
  domain: (data: Uint8Array) => Buffer.concat([DOM2, data]),
  adjustScalarBytes: clamp,
  zip215: false,
})

export const ed25519phDigest: DigestScheme = {
  sign: ({ key, digest }) => withSeed(key, (seed) => ed25519ph.sign(digest, seed)),
  verify: ({ key, digest }, signature) =>
    signature.byteLength === 64 && ed25519ph.verify(signature, digest, publicBytes(key, 32)),
}

function sha512(data: Uint8Array): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(hash('sha512', data, 'buffer'))
}

/** RFC 8032, 5.1.5, step 2. */
function clamp(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const scalar = Uint8Array.from(bytes)
  scalar[0] = (scalar[0] ?? 0) & 0b1111_1000
  scalar[31] = ((scalar[31] ?? 0) & 0b0111_1111) | 0b0100_0000
  return scalar
}
