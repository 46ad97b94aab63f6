import type { KeyObject } from 'node:crypto'
import type { HashName } from '../../keys/algorithms.ts'

/** What the caller hashed himself: a digest, or the message representative µ of ML-DSA. */
export interface HashedMessage {
  key: KeyObject
  digest: Uint8Array
  /** The hash that made the digest, where the scheme has to know. */
  hash: HashName | undefined
}

/**
 * A signature scheme over what is hashed already. Both functions are synchronous. `digest` has the length that the
 * algorithm's row names: another one is a bug of the caller. A signature may be any bytes.
 */
export interface DigestScheme {
  sign(message: HashedMessage): Uint8Array
  verify(message: HashedMessage, signature: Uint8Array): boolean
}
