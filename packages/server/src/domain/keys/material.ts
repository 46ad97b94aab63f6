import type { Site } from './algorithms.ts'

/** Curves of ECDSA and ECDH, by their names in OpenSSL. */
export type CurveName = 'prime256v1' | 'secp384r1' | 'secp521r1' | 'secp256k1'

/** A secret key, with its length in bytes. */
export interface SecretMaterial {
  kind: 'secret'
  bytes: number
}

/** The private key of a pair, as PKCS #8 DER. */
export type PairMaterial = {
  /** The key type of node:crypto, and the options to generate one. */
  keyType: string
  generation: Readonly<Record<string, string | number>>
} & (
  | { kind: 'rsa'; bits: RsaBits }
  | { kind: 'ec'; curve: CurveName; fieldBytes: number; runsAt: Site }
  | { kind: 'ed25519' | 'ml-dsa' }
  | { kind: 'ml-kem'; ciphertextBytes: number }
)

/** The kind of a spec's key material. SM2 material is never generated or accepted. */
export type Material = SecretMaterial | PairMaterial | { kind: 'sm2' }

/** Bits of an RSA modulus. */
export type RsaBits = 2048 | 3072 | 4096
