import type { AlgorithmSpec, WrappingKeySpec } from '@keyhold/protocol'
import { AES_KEY_WRAP, type KeySpec, keySpec, type WrappingAlgorithm } from './specs.ts'

/** RFC 5649, section 4.1: a wrapped key has at least two blocks of 8 bytes. */
const AES_BLOCK_BYTES = 8

/**
 * Returns whether wrapped material can have this size: one RSA block, followed by whole blocks of AES key wrap if the
 * algorithm has them.
 */
export function wrappedSizeFits(bytes: number, wrappingKey: WrappingKeySpec, name: WrappingAlgorithm): boolean {
  const { material } = keySpec(wrappingKey)
  const rest = bytes - (material.kind === 'rsa' ? material.bits / 8 : 0)
  if (!AES_KEY_WRAP.some((known) => known === name)) return rest === 0
  return rest >= 2 * AES_BLOCK_BYTES && rest % AES_BLOCK_BYTES === 0
}

/** Returns whether a key of `spec` can be created without material, for import. */
export function isImportable({ wrappingAlgorithms }: KeySpec): boolean {
  return wrappingAlgorithms.length > 0
}

/** Returns whether material of `spec` fits under a wrapping key: a P-521 key is too long for OAEP with RSA_2048. */
export function canBeWrapped(spec: KeySpec, wrappingKey: WrappingKeySpec, name: AlgorithmSpec): boolean {
  if (!spec.wrappingAlgorithms.some((known) => known === name)) return false
  return !(spec.name === 'ECC_NIST_P521' && wrappingKey === 'RSA_2048' && name.startsWith('RSAES_OAEP'))
}
