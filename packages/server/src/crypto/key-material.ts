import type { KeyObject } from 'node:crypto'
import { copyOfSecret, type Secret } from '@keyhold/protocol'
import { type KeySpec, secretBytes } from '../domain/keys/specs.ts'
import type { Random } from '../platform/random.ts'
import { generateKeyPair, privateKeyOf } from './asymmetric/key-pair.ts'
import { publicKeyDer } from './asymmetric/raw-key.ts'
import { intoKeyObject } from './secret-key.ts'
import type { AccountThreads } from './workers/crypto-threads.ts'

/** Generates material for a key of `spec`: random bytes, or the private key of a new pair. */
export async function freshMaterial(
  spec: KeySpec,
  { random, threads }: { random: Random; threads: AccountThreads },
): Promise<Secret> {
  if (spec.material.kind === 'secret') return random.secret(spec.material.bytes)
  return (await generateKeyPair(spec, threads)).privateKey
}

/**
 * Returns the KeyObject for material of `spec`. Wipes `material`. Throws `TypeError` for material that is not of this
 * spec, so that stored material is never used as something else.
 */
export function keyOfMaterial(spec: KeySpec, material: Secret): KeyObject {
  if (spec.material.kind !== 'secret') return privateKeyOf(spec, material)
  using given = material
  if (given.byteLength !== secretBytes(spec)) throw new TypeError(`not a key of ${spec.name}`)
  return intoKeyObject(given)
}

/**
 * The public half of a pair's material as SubjectPublicKeyInfo DER, or `undefined` for keys that have none. Wipes
 * nothing.
 */
export function publicHalfOfMaterial(spec: KeySpec, material: Secret): Uint8Array | undefined {
  if (spec.material.kind === 'secret') return undefined
  return publicKeyDer(privateKeyOf(spec, copyOfSecret(material.reveal())))
}
