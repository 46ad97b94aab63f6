import { operation } from '../../../execution/define.ts'
import { ciphertextFault, ciphertextOf, ignoresCiphertext, namedKeyFault, sourceKey } from './ciphertext-source.ts'
import { DEFAULT_ENCRYPTION_ALGORITHM, encryption, encryptionAlgorithm } from './encryption.ts'
import { encryptionAlgorithmCondition } from '../targets.ts'
import { refuseRecipient } from '../unsupported-members.ts'
import { answeredKey } from './used-key.ts'

export const decrypt = operation<'Decrypt', 'key'>({
  name: 'Decrypt',
  summary:
    'Decrypts a ciphertext that was encrypted by Encrypt, ReEncrypt, a GenerateDataKey operation, or with the public key.',
  readOnly: true,
  keys: {
    key: {
      ...sourceKey<'Decrypt'>(({ KeyId, EncryptionAlgorithm }) => ({ keyId: KeyId, algorithm: EncryptionAlgorithm })),
      conditions: (input) => encryptionAlgorithmCondition(input.EncryptionAlgorithm),
    },
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

  check: (input) =>
    refuseRecipient(input) ?? ciphertextFault(input) ?? namedKeyFault('KeyId', input.KeyId, input.EncryptionAlgorithm),

  async run({ input, caller, keys: { key }, services, note }) {
    const algorithm = encryptionAlgorithm(key, input.EncryptionAlgorithm)
    const answer = { ...answeredKey(key), EncryptionAlgorithm: algorithm.name }
    if (ignoresCiphertext(input)) return answer
    const request = { algorithm, ciphertext: ciphertextOf(input), context: input.EncryptionContext, caller }
    const { plaintext, materialId } = await encryption.decrypt(key, request, services)
    if (materialId !== undefined) note('keyMaterialId', materialId)
    return { ...answer, Plaintext: plaintext, KeyMaterialId: materialId }
  },
})
