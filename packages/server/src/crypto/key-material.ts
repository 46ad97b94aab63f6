import type { KeyObject } from 'node:crypto'
import { Secret } from '@keyhold/protocol'
import { type KeySpec, secretBytes } from '../keys/specs.ts'
import type { Random } from '../platform/random.ts'
import { generateKeyPair, privateKeyOf } from './asymmetric/key-pair.ts'
import { publicKeyDer } from './asymmetric/raw-key.ts'
import { intoKeyObject } from './secret-key.ts'
import type { AccountThreads } from './workers/crypto-threads.ts'

/** Material for a new key of `spec`: random bytes, or the private key of a fresh pair. */
export async function freshMaterial(
  spec: KeySpec,
  { random, threads }: { random: Random; threads: AccountThreads },
): Promise<Secret> {
  if (spec.material.kind === 'secret') return random.secret(spec.material.bytes)
  return (await generateKeyPair(spec, threads)).privateKey
}

/**
 * What a key of `spec` computes with. The material that was passed in is wiped. Throws `TypeError` for material that is not
 * what the spec says: whatever was stored, it is not used as something else.
 */
export function keyOfMaterial(spec: KeySpec, material: Secret): KeyObject {
  if (spec.material.kind !== 'secret') return privateKeyOf(spec, material)
  using given = material
  if (given.byteLength !== secretBytes(spec)) throw new TypeError(`not a key of ${spec.name}`)
  return intoKeyObject(given)
}

/** The public half of a pair's material as SubjectPublicKeyInfo DER; `undefined` for keys that have none. Wipes nothing. */
export function publicHalfOfMaterial(spec: KeySpec, material: Secret): Uint8Array | undefined {
  if (spec.material.kind === 'secret') return undefined
  return publicKeyDer(privateKeyOf(spec, Secret.of(Uint8Array.from(material.reveal()))))
}
