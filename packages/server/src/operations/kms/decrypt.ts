import { operation } from '../define.ts'
import { ciphertextFault, ciphertextOf, ignoresCiphertext, sourceKey } from './ciphertext-source.ts'
import { answeredKey, decryptUnder, encryptionAlgorithm } from './symmetric.ts'
import { encryptionAlgorithmCondition } from './targets.ts'
import { refuseRecipient } from './unsupported-members.ts'

export const decrypt = operation<'Decrypt', 'key'>({
  name: 'Decrypt',
  summary: 'Decrypts what Encrypt, ReEncrypt or a GenerateDataKey operation returned.',
  readOnly: true,
  keys: {
    key: {
      ...sourceKey<'Decrypt'>((input) => input.KeyId),
      conditions: (input) => encryptionAlgorithmCondition(input.EncryptionAlgorithm),
    },
  },
  grantable: true,
  audit: {
    request: ['KeyId', 'EncryptionAlgorithm', 'EncryptionContext', 'DryRun'],
    response: [],
    defaults: { EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' },
  },

  check: (input) => refuseRecipient(input) ?? ciphertextFault(input),

  async run({ input, keys: { key }, services, note }) {
    const algorithm = encryptionAlgorithm(key, input.EncryptionAlgorithm)
    if (ignoresCiphertext(input)) return { ...answeredKey(key), EncryptionAlgorithm: algorithm }
    const opened = await decryptUnder(key, ciphertextOf(input), input.EncryptionContext, services)
    note('keyMaterialId', opened.materialId)
    return {
      ...answeredKey(key),
      Plaintext: opened.plaintext,
      EncryptionAlgorithm: algorithm,
      KeyMaterialId: opened.materialId,
    }
  },
})
