import { type EncryptionAlgorithmSpec, type Secret, serviceError } from '@keyhold/protocol'
import { openBlob, parseBlob, sealBlob } from '../../crypto/blob.ts'
import type { KeyEntry } from '../../directory/directory.ts'
import { keyArn } from '../../keys/arns.ts'
import { keySpec } from '../../keys/specs.ts'
import type { Services } from '../services.ts'

type EncryptionContext = Record<string, string> | undefined

/** Refuses an algorithm that the key's spec does not have. Absent means the spec's first. */
export function encryptionAlgorithm(key: KeyEntry, wanted: string | undefined): EncryptionAlgorithmSpec {
  const { spec } = key.value
  const algorithm = keySpec(spec).encryptionAlgorithms.find((name) => wanted === undefined || name === wanted)
  if (algorithm !== undefined) return algorithm
  throw serviceError('InvalidKeyUsageException', `Algorithm ${wanted} is incompatible with key spec ${spec}.`)
}

/** The material that encrypts. A key without any is in state PendingImport, in which no operation comes so far. */
export function currentMaterialId({ value: { keyId, currentMaterialId: id } }: KeyEntry): string {
  if (id === undefined) throw new Error(`key ${keyId} has no material`)
  return id
}

/** Encrypts under the key's current material. */
export async function encryptUnder(
  key: KeyEntry,
  plaintext: Secret,
  context: EncryptionContext,
  { directory, random }: Services,
): Promise<Uint8Array> {
  const { region, keyId } = key.value
  const materialId = currentMaterialId(key)
  const material = await directory.material(region, keyId, materialId)
  if (material === undefined) throw new Error(`key ${keyId} has no material ${materialId}`)
  return sealBlob(material, { keyId, materialId }, plaintext.reveal(), context ?? {}, random)
}

/**
 * Opens a ciphertext of exactly this key. A ciphertext of another key is IncorrectKeyException; everything else that
 * does not open is InvalidCiphertextException without a message, so that nobody learns which part was wrong.
 */
export async function decryptUnder(
  key: KeyEntry,
  ciphertext: Uint8Array,
  context: EncryptionContext,
  { directory }: Services,
): Promise<{ plaintext: Secret; materialId: string }> {
  const blob = parseBlob(ciphertext)
  if (blob === undefined) throw serviceError('InvalidCiphertextException')
  if (blob.keyId !== key.value.keyId) throw incorrectKey()
  const material = await directory.material(key.value.region, blob.keyId, blob.materialId)
  const plaintext = material && openBlob(material, blob, context ?? {})
  if (plaintext === undefined) throw serviceError('InvalidCiphertextException')
  return { plaintext, materialId: blob.materialId }
}

/** What a cryptographic answer says of the key it used: always the ARN, also when it was called by alias. */
export function answeredKey(key: KeyEntry): { KeyId: string } {
  return { KeyId: keyArn(key.value) }
}

function incorrectKey(): Error {
  return serviceError(
    'IncorrectKeyException',
    'The key ID in the request does not identify a CMK that can perform this operation.',
  )
}
