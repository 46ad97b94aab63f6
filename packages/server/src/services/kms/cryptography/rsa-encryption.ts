import { serviceError } from '@keyhold/protocol'
import { decryptRsa, encryptRsa } from '../../../crypto/asymmetric/rsa-encryption.ts'
import type { KeyEntry } from '../../../identity/directory/directory.ts'
import { maxPlaintextBytes } from '../../../domain/keys/spec-algorithms.ts'
import { keySpec } from '../../../domain/keys/specs.ts'
import { threadsOf } from '../../../execution/threads-of.ts'
import type { Encryption, EncryptionScheme } from './encryption-scheme.ts'
import { currentMaterial, currentPublicKey } from './used-key.ts'

/**
 * RSAES-OAEP. The ciphertext is the bare RSA block, as anyone with the public key can make it. It does not name its
 * key, so a decrypt request must.
 */
export const rsaEncryption: EncryptionScheme = {
  async encrypt(key, request, services) {
    requireNoContext(request)
    requireFits(key, request)
    return { ciphertext: encryptRsa(await currentPublicKey(key, services), request.algorithm, request.plaintext) }
  },

  async decrypt(key, request, services) {
    requireNoContext(request)
    const { algorithm, ciphertext, caller } = request
    const privateKey = await currentMaterial(key, services)
    const plaintext = await decryptRsa(privateKey, algorithm, ciphertext, threadsOf(caller, services))
    if (plaintext === undefined) throw serviceError('InvalidCiphertextException')
    return { plaintext }
  },
}

/** An RSA block cannot be bound to an encryption context, so accepting one would be misleading. */
function requireNoContext({ algorithm: { name }, context = {} }: Encryption): void {
  if (Object.keys(context).length === 0) return
  throw serviceError('ValidationException', `An encryption context is not supported with algorithm ${name}.`)
}

function requireFits(
  { value: { spec } }: KeyEntry,
  { algorithm: { name }, plaintext }: Parameters<EncryptionScheme['encrypt']>[1],
): void {
  const most = maxPlaintextBytes(keySpec(spec), name)
  if (plaintext.byteLength <= most) return
  const message = `Algorithm ${name} and key spec ${spec} cannot encrypt data larger than ${most} bytes.`
  throw serviceError('ValidationException', message)
}
