import type { Site } from './algorithms.ts'

/** Curves of ECDSA and ECDH, as OpenSSL names them. */
export type CurveName = 'prime256v1' | 'secp384r1' | 'secp521r1' | 'secp256k1'

/** Bytes of a secret key. */
export interface SecretMaterial {
  kind: 'secret'
  bytes: number
}

/** The private key of a pair, as PKCS #8 DER. */
export type PairMaterial = {
  /** As node:crypto names the type of such keys, and what it is told to make one. */
  keyType: string
  generation: Readonly<Record<string, string | number>>
} & (
  | { kind: 'rsa'; bits: RsaBits }
  | { kind: 'ec'; curve: CurveName; fieldBytes: number; runsAt: Site }
  | { kind: 'ed25519' | 'ml-dsa' }
  | { kind: 'ml-kem'; ciphertextBytes: number }
)

/** What key material is. No material of SM2 is ever made or taken. */
export type Material = SecretMaterial | PairMaterial | { kind: 'sm2' }

export type RsaBits = 2048 | 3072 | 4096
