import { decapsulate as decapsulateWithNode, encapsulate as encapsulateWithNode } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { Secret } from '@keyhold/protocol'
import type { KeySpec } from '../../domain/keys/specs.ts'
import { publicHalf } from './raw-key.ts'

/** ML-KEM.Encaps (FIPS 203, algorithm 20) to the public half of `key`, which can be a public key. */
export function encapsulate(key: KeyObject): { ciphertext: Uint8Array; sharedSecret: Secret } {
  const { ciphertext, sharedKey } = encapsulateWithNode(publicHalf(key))
  return { ciphertext, sharedSecret: Secret.of(sharedKey) }
}

/**
 * ML-KEM.Decaps (FIPS 203, algorithm 21). Returns `undefined` only for a ciphertext of the wrong length (7.3, check 1).
 * A ciphertext that was changed or made for another key gives a secret that no other party has: implicit rejection.
 */
export function decapsulate(key: KeyObject, { material }: KeySpec, ciphertext: Uint8Array): Secret | undefined {
  if (material.kind !== 'ml-kem') throw new TypeError('not the spec of an ML-KEM key')
  if (ciphertext.byteLength !== material.ciphertextBytes) return undefined
  return Secret.of(decapsulateWithNode(key, ciphertext))
}
