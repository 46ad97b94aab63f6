import { serviceError } from '@keyhold/protocol'
import { openBlob, parseBlob, sealBlob } from '../../../crypto/blob.ts'
import { type EncryptionScheme, incorrectKey } from './encryption-scheme.ts'
import { currentMaterial, currentMaterialId } from './used-key.ts'

/** AES-256-GCM with an encryption context, in a format that names key and material (docs/spec/ciphertext.md). */
export const symmetricEncryption: EncryptionScheme = {
  async encrypt(key, { plaintext, context = {} }, services) {
    const materialId = currentMaterialId(key)
    const material = await currentMaterial(key, services)
    const blobKey = { keyId: key.value.keyId, materialId }
    return { ciphertext: sealBlob(material, blobKey, plaintext.reveal(), context, services.random), materialId }
  },

  /**
   * Decrypts a ciphertext of any material of exactly this key. A ciphertext of another key is an IncorrectKeyException.
   */
  async decrypt(key, { ciphertext, context = {} }, { directory }) {
    const blob = parseBlob(ciphertext)
    if (blob === undefined) throw serviceError('InvalidCiphertextException')
    if (blob.keyId !== key.value.keyId) throw incorrectKey()
    const material = await directory.material(key.value, blob.materialId)
    const plaintext = material && openBlob(material, blob, context)
    if (plaintext === undefined) throw serviceError('InvalidCiphertextException')
    return { plaintext, materialId: blob.materialId }
  },
}
