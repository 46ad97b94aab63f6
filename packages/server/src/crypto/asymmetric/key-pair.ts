import { createPrivateKey, generateKeyPair as generateWithNode, type KeyObject } from 'node:crypto'
import { Secret } from '@keyhold/protocol'
import type { PairMaterial } from '../../keys/material.ts'
import type { KeySpec } from '../../keys/specs.ts'
import type { AccountThreads, Start } from '../workers/crypto-threads.ts'

/** A fresh pair: what GenerateDataKeyPair hands out, and what a KMS key or a wrapping key is made of. */
export interface GeneratedKeyPair {
  /** PKCS #8 DER (RFC 5958). Of ML-DSA and ML-KEM it holds the seed alone (RFC 9881 and RFC 9935, section 6). */
  privateKey: Secret
  /** SubjectPublicKeyInfo DER. */
  publicKey: Uint8Array
}

/** node:crypto's function without its overloads: which options go with which type, the table of specs says. */
const generateAnyWithNode = generateWithNode as (
  type: string,
  options: object,
  done: (error: Error | null, publicKey: Buffer, privateKey: Buffer) => void,
) => void

const ENCODINGS = {
  publicKeyEncoding: { type: 'spki', format: 'der' },
  privateKeyEncoding: { type: 'pkcs8', format: 'der' },
}

/**
 * Generates a pair of `spec`. Throws `TypeError` for a spec that has no pairs or is not offered. RSA has a place of its
 * own: nobody who asks for one of the others, which are made in a millisecond, waits for somebody's RSA_4096.
 */
export function generateKeyPair(spec: KeySpec, threads: AccountThreads): Promise<GeneratedKeyPair> {
  const { kind, keyType, generation } = pairMaterial(spec)
  const start: Start<GeneratedKeyPair> = (done) =>
    generateAnyWithNode(keyType, { ...generation, ...ENCODINGS }, (error, publicKey, privateKey) =>
      done(error, { publicKey, privateKey: Secret.of(privateKey ?? new Uint8Array()) }),
    )
  return kind === 'rsa' ? threads.generateRsa(start) : threads.native(start)
}

/**
 * The private key that {@link generateKeyPair} or an import made for `spec`. What was passed in is wiped. Throws for
 * anything else: stored material that does not open as its spec says is not used.
 */
export function privateKeyOf(spec: KeySpec, material: Secret): KeyObject {
  const { buffer, byteOffset, byteLength } = material.reveal()
  try {
    const key = createPrivateKey({ key: Buffer.from(buffer, byteOffset, byteLength), format: 'der', type: 'pkcs8' })
    if (!isOf(pairMaterial(spec), key)) throw new TypeError(`not a private key of ${spec.name}`)
    return key
  } finally {
    material.wipe()
  }
}

function isOf(material: PairMaterial, { asymmetricKeyType, asymmetricKeyDetails }: KeyObject): boolean {
  if (asymmetricKeyType !== material.keyType) return false
  if (material.kind === 'rsa') return asymmetricKeyDetails?.modulusLength === material.bits
  return material.kind !== 'ec' || asymmetricKeyDetails?.namedCurve === material.curve
}

function pairMaterial({ name, material }: KeySpec): PairMaterial {
  if (material.kind === 'secret' || material.kind === 'sm2') throw new TypeError(`${name} has no key pairs here`)
  return material
}
