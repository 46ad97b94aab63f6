import { type Secret, type ServiceError, serviceError } from '@keyhold/protocol'
import type { EncryptionAlgorithm } from '../../../domain/keys/algorithms.ts'
import type { Call } from '../../../execution/define.ts'
import { encryption, encryptionAlgorithm } from './encryption.ts'
import { answeredKey } from './used-key.ts'

type Generates = 'GenerateDataKey' | 'GenerateDataKeyWithoutPlaintext'
type GeneratesPair = 'GenerateDataKeyPair' | 'GenerateDataKeyPairWithoutPlaintext'
type WantedSize = { KeySpec?: keyof typeof BYTES; NumberOfBytes?: number }

const BYTES = { AES_128: 16, AES_256: 32 } as const

/** A request must specify the size of a data key in exactly one way. */
export function dataKeySizeFault({ KeySpec, NumberOfBytes }: WantedSize): ServiceError | undefined {
  return (KeySpec === undefined) === (NumberOfBytes === undefined)
    ? serviceError('ValidationException', 'Please specify either number of bytes or key spec.')
    : undefined
}

/**
 * Generates a data key and encrypts it under the KMS key. The service keeps neither; the caller of this function wipes
 * the plaintext.
 */
export async function generate(call: Call<Generates, 'key'>): Promise<{
  plaintext: Secret
  answer: { KeyId: string; CiphertextBlob: Uint8Array; KeyMaterialId: string | undefined }
}> {
  const algorithm = encryptionAlgorithm(call.keys.key)
  const plaintext = call.services.random.secret(sizeOf(call.input))
  const { ciphertext, materialId } = await sealDataKey(call, algorithm, plaintext)
  return { plaintext, answer: { ...answeredKey(call.keys.key), CiphertextBlob: ciphertext, KeyMaterialId: materialId } }
}

/** Encrypts a generated key, and adds the id of the key material to the audit record. */
export async function sealDataKey(
  { input, keys: { key }, services, note }: Call<Generates | GeneratesPair, 'key'>,
  algorithm: EncryptionAlgorithm,
  plaintext: Secret,
): Promise<{ ciphertext: Uint8Array; materialId?: string }> {
  const sealed = await encryption.encrypt(key, { algorithm, plaintext, context: input.EncryptionContext }, services)
  if (sealed.materialId !== undefined) note('keyMaterialId', sealed.materialId)
  return sealed
}

function sizeOf({ KeySpec, NumberOfBytes }: WantedSize): number {
  const bytes = KeySpec === undefined ? NumberOfBytes : BYTES[KeySpec]
  if (bytes === undefined) throw new Error('dataKeySizeFault() refuses a request without a size')
  return bytes
}
