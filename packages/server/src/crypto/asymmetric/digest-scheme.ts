import type { KeyObject } from 'node:crypto'
import type { HashName } from '../../domain/keys/algorithms.ts'

/** A digest that the caller computed, or the message representative µ of ML-DSA. */
export interface HashedMessage {
  key: KeyObject
  digest: Uint8Array
  /** The hash that made the digest, for schemes that need it. */
  hash: HashName | undefined
}

/**
 * A signature scheme over digests. Both functions are synchronous. `digest` has the length that the algorithm's table
 * row names; any other length is a bug in the caller. A signature can be any bytes.
 */
export interface DigestScheme {
  sign(message: HashedMessage): Uint8Array
  verify(message: HashedMessage, signature: Uint8Array): boolean
}
