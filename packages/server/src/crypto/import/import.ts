import type { KeyObject } from 'node:crypto'
import { Secret } from '@keyhold/protocol'
import type { KeySpec, WrappingAlgorithm } from '../../domain/keys/specs.ts'
import type { AccountThreads } from '../workers/crypto-threads.ts'
import type { ImportFault } from './fault.ts'
import { acceptMaterial } from './material.ts'

export interface ImportRequest {
  /** The spec of the KMS key that receives the material. */
  spec: KeySpec
  /** The RSA private key whose public half wrapped the material. */
  wrappingKey: KeyObject
  algorithm: WrappingAlgorithm
  wrapped: Uint8Array
}

/** How each wrapping algorithm works. AWS offers SM2PKE only in its China Regions. */
const ALGORITHMS = Object.freeze({
  RSAES_OAEP_SHA_1: { hash: 'sha1', aesKeyWrap: false },
  RSAES_OAEP_SHA_256: { hash: 'sha256', aesKeyWrap: false },
  RSA_AES_KEY_WRAP_SHA_1: { hash: 'sha1', aesKeyWrap: true },
  RSA_AES_KEY_WRAP_SHA_256: { hash: 'sha256', aesKeyWrap: true },
  SM2PKE: undefined,
} as const)

/** Unwraps and checks the input of ImportKeyMaterial. Returns the material as it is stored, or why it is refused. */
export async function importMaterial(request: ImportRequest, threads: AccountThreads): Promise<Secret | ImportFault> {
  const { spec, wrappingKey, algorithm, wrapped } = request
  const parameters = ALGORITHMS[algorithm]
  if (parameters === undefined || !spec.wrappingAlgorithms.includes(algorithm)) return 'wrapping'
  const material = await threads.task('unwrapMaterial', { ...parameters, wrappingKey, wrapped })
  return material === undefined ? 'wrapping' : acceptMaterial(spec, Secret.of(material), threads)
}
