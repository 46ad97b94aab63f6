import type { KeyObject } from 'node:crypto'
import { Secret } from '@keyhold/protocol'
import type { EncryptionAlgorithm } from '../../domain/keys/algorithms.ts'
import type { AccountThreads } from '../workers/crypto-threads.ts'
import { encryptOaep, type Oaep } from './oaep.ts'

/**
 * Encrypts up to {@link maxPlaintextBytes} with the public half of `key`, which can be a public key. Throws for more,
 * which is a bug in the caller.
 */
export function encryptRsa(key: KeyObject, algorithm: EncryptionAlgorithm, plaintext: Secret): Uint8Array {
  return encryptOaep(oaepOf(key, algorithm), plaintext.reveal())
}

/** Returns the plaintext, or `undefined` for bytes of any length that were not made with this key and algorithm. */
export async function decryptRsa(
  key: KeyObject,
  algorithm: EncryptionAlgorithm,
  ciphertext: Uint8Array,
  threads: AccountThreads,
): Promise<Secret | undefined> {
  const plaintext = await threads.task('decryptOaep', { ...oaepOf(key, algorithm), ciphertext })
  return plaintext && Secret.of(plaintext)
}

function oaepOf(key: KeyObject, { name, hash }: EncryptionAlgorithm): Oaep {
  if (hash !== 'sha1' && hash !== 'sha256') throw new TypeError(`${name} is not OAEP`)
  return { key, hash }
}
