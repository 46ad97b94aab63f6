import { createPrivateKey, generateKeyPair as generateWithNode, type KeyObject } from 'node:crypto'
import { Secret } from '@keyhold/protocol'
import type { PairMaterial } from '../../domain/keys/material.ts'
import type { KeySpec } from '../../domain/keys/specs.ts'
import type { AccountThreads, Start } from '../workers/crypto-threads.ts'

/** A new key pair: GenerateDataKeyPair returns one, and KMS keys and wrapping keys are made of one. */
export interface GeneratedKeyPair {
  /** PKCS #8 DER (RFC 5958). For ML-DSA and ML-KEM it holds only the seed (RFC 9881 and RFC 9935, section 6). */
  privateKey: Secret
  /** SubjectPublicKeyInfo DER. */
  publicKey: Uint8Array
}

/** The function of node:crypto without its overloads. The table of specs decides which options belong to which type. */
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
 * Generates a pair of `spec`. Throws `TypeError` for a spec that has no pairs or is not offered. RSA pairs have a queue
 * of their own: the other kinds take a millisecond and do not wait behind an RSA_4096.
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
 * Reads the private key that {@link generateKeyPair} or an import made for `spec`. Wipes `material`. Throws `TypeError`
 * for any other key: stored material that is not of its spec is not used.
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

/** Returns whether a private key is one of `spec`; false for a spec that has no pairs. */
export function isPrivateKeyOf({ material }: KeySpec, key: KeyObject): boolean {
  return material.kind !== 'secret' && material.kind !== 'sm2' && isOf(material, key)
}

function isOf(material: PairMaterial, { asymmetricKeyType, asymmetricKeyDetails }: KeyObject): boolean {
  if (asymmetricKeyType !== material.keyType) return false
  if (material.kind === 'rsa') return asymmetricKeyDetails?.modulusLength === material.bits
  return material.kind !== 'ec' || asymmetricKeyDetails?.namedCurve === material.curve
}

function pairMaterial({ name, material }: KeySpec): PairMaterial {
  if (material.kind === 'secret' || material.kind === 'sm2') throw new TypeError(`${name} has no key pairs`)
  return material
}
