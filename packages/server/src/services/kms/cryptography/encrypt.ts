import { MAX_PLAINTEXT_BYTES } from '@keyhold/protocol'
import { operation } from '../../../execution/define.ts'
import { DEFAULT_ENCRYPTION_ALGORITHM, encryption, encryptionAlgorithm } from './encryption.ts'
import { cryptographicKey, encryptionAlgorithmCondition } from '../targets.ts'
import { answeredKey } from './used-key.ts'

export const encrypt = operation<'Encrypt', 'key'>({
  name: 'Encrypt',
  summary: `Encrypts up to ${MAX_PLAINTEXT_BYTES} bytes with a symmetric KMS key, or as many as fit with an RSA key.`,
  readOnly: true,
  keys: {
    key: cryptographicKey('ENCRYPT_DECRYPT', ({ EncryptionAlgorithm }) =>
      encryptionAlgorithmCondition(EncryptionAlgorithm),
    ),
  },
  crossAccount: 'yes',
  grantable: { keys: 'any', context: true },
  rate: 'by key',
  tracksUse: true,
  audit: {
    request: ['KeyId', 'EncryptionAlgorithm', 'EncryptionContext', 'DryRun'],
    response: [],
    defaults: { EncryptionAlgorithm: DEFAULT_ENCRYPTION_ALGORITHM },
  },

  async run({ input, keys: { key }, services, note }) {
    const algorithm = encryptionAlgorithm(key, input.EncryptionAlgorithm)
    const request = { algorithm, plaintext: input.Plaintext, context: input.EncryptionContext }
    const { ciphertext, materialId } = await encryption.encrypt(key, request, services)
    if (materialId !== undefined) note('keyMaterialId', materialId)
    return { ...answeredKey(key), CiphertextBlob: ciphertext, EncryptionAlgorithm: algorithm.name }
  },
})
