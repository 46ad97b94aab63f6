import type { KeyObject } from 'node:crypto'
import type { SigningAlgorithmSpec } from '@keyhold/protocol'
import { algorithm } from '../../domain/keys/algorithms.ts'
import type { DigestScheme, HashedMessage } from './digest-scheme.ts'
import { ecdsaDigest } from './ecdsa-digest.ts'
import { ed25519phDigest } from './ed25519ph.ts'
import { mlDsaMu } from './ml-dsa-mu.ts'
import { RSA_DIGEST_SCHEMES } from './rsa-digest.ts'

/** A digest, and the algorithm that signs it. */
export interface DigestTask {
  key: KeyObject
  algorithm: SigningAlgorithmSpec
  digest: Uint8Array
}

const SCHEMES: Readonly<Record<string, DigestScheme>> = Object.freeze({
  ...RSA_DIGEST_SCHEMES,
  ECDSA: ecdsaDigest,
  ED25519_PH: ed25519phDigest,
  ML_DSA: mlDsaMu,
})

/** Signs and verifies digests, for every scheme that allows it. Loads noble: only workers import this file. */
export const digestSignatures = {
  sign: (task: DigestTask): Uint8Array => schemeOf(task).sign(hashedMessage(task)),
  verify: ({ signature, ...task }: DigestTask & { signature: Uint8Array }): boolean =>
    schemeOf(task).verify(hashedMessage(task), signature),
}

function schemeOf({ algorithm: name }: DigestTask): DigestScheme {
  const scheme = SCHEMES[algorithm('SIGN_VERIFY', name)?.scheme ?? '']
  if (scheme === undefined) throw new TypeError(`${name} signs no digests`)
  return scheme
}

function hashedMessage({ key, algorithm: name, digest }: DigestTask): HashedMessage {
  return { key, digest, hash: algorithm('SIGN_VERIFY', name)?.hash }
}
