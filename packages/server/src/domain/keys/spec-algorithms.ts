import { type EncryptionAlgorithmSpec, type KeyUsageType, MAX_PLAINTEXT_BYTES } from '@keyhold/protocol'
import { algorithm, type AlgorithmName, DIGEST_BYTES, type RunsAt, type Site } from './algorithms.ts'
import type { KeySpec } from './specs.ts'

/**
 * The algorithms of a key of `spec` with `usage`. An RSA key for signatures, for example, has no encryption algorithms.
 */
export function algorithmNames(spec: KeySpec, usage: KeyUsageType): readonly AlgorithmName[] {
  const names: Record<KeyUsageType, readonly AlgorithmName[]> = {
    ENCRYPT_DECRYPT: spec.encryptionAlgorithms,
    SIGN_VERIFY: spec.signingAlgorithms,
    GENERATE_VERIFY_MAC: spec.macAlgorithms,
    KEY_AGREEMENT: spec.keyAgreementAlgorithms,
    ENCAPSULATE_DECAPSULATE: spec.encapsulationAlgorithms,
  }
  return names[usage]
}

/** Returns where a computation with keys of `spec` runs. */
export function siteOf(runsAt: RunsAt, { material }: KeySpec): Site {
  if (runsAt !== 'curve') return runsAt
  return material.kind === 'ec' ? material.runsAt : 'native'
}

/**
 * The longest plaintext in bytes that `name` encrypts with keys of `spec`: k − 2·hLen − 2 for OAEP (RFC 8017, 7.1.1,
 * 1b).
 */
export function maxPlaintextBytes({ material }: KeySpec, name: EncryptionAlgorithmSpec): number {
  const hash = algorithm('ENCRYPT_DECRYPT', name)?.hash
  if (material.kind !== 'rsa' || hash === undefined) return MAX_PLAINTEXT_BYTES
  return material.bits / 8 - 2 * DIGEST_BYTES[hash] - 2
}
