import { type Secret, type ServiceError, serviceError } from '@keyhold/protocol'
import type { Call } from '../define.ts'
import { answeredKey, currentMaterialId, encryptUnder } from './symmetric.ts'

type Generates = 'GenerateDataKey' | 'GenerateDataKeyWithoutPlaintext'
type WantedSize = { KeySpec?: keyof typeof BYTES; NumberOfBytes?: number }

const BYTES = { AES_128: 16, AES_256: 32 } as const

/** A data key's size is named exactly once. */
export function dataKeySizeFault({ KeySpec, NumberOfBytes }: WantedSize): ServiceError | undefined {
  return (KeySpec === undefined) === (NumberOfBytes === undefined)
    ? serviceError('ValidationException', 'Please specify either number of bytes or key spec.')
    : undefined
}

/** Draws a data key and seals it under the key. The service keeps neither; the caller of this wipes the plaintext. */
export async function generate({ input, keys: { key }, services, note }: Call<Generates, 'key'>): Promise<{
  plaintext: Secret
  answer: { KeyId: string; CiphertextBlob: Uint8Array; KeyMaterialId: string }
}> {
  const plaintext = services.random.secret(sizeOf(input))
  note('keyMaterialId', currentMaterialId(key))
  const blob = await encryptUnder(key, plaintext, input.EncryptionContext, services)
  const answer = { ...answeredKey(key), CiphertextBlob: blob, KeyMaterialId: currentMaterialId(key) }
  return { plaintext, answer }
}

function sizeOf({ KeySpec, NumberOfBytes }: WantedSize): number {
  const bytes = KeySpec === undefined ? NumberOfBytes : BYTES[KeySpec]
  if (bytes === undefined) throw new Error('dataKeySizeFault() lets no request through without a size')
  return bytes
}
