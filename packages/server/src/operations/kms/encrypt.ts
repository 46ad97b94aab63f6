import { operation } from '../define.ts'
import { answeredKey, currentMaterialId, encryptionAlgorithm, encryptUnder } from './symmetric.ts'
import { encryptionKey } from './targets.ts'

export const encrypt = operation<'Encrypt', 'key'>({
  name: 'Encrypt',
  summary: 'Encrypts up to 4096 bytes under a KMS key.',
  readOnly: true,
  keys: { key: encryptionKey() },
  grantable: true,
  audit: {
    request: ['KeyId', 'EncryptionAlgorithm', 'EncryptionContext', 'DryRun'],
    response: [],
    defaults: { EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' },
  },

  async run({ input, keys: { key }, services, note }) {
    const algorithm = encryptionAlgorithm(key, input.EncryptionAlgorithm)
    note('keyMaterialId', currentMaterialId(key))
    const blob = await encryptUnder(key, input.Plaintext, input.EncryptionContext, services)
    return { ...answeredKey(key), CiphertextBlob: blob, EncryptionAlgorithm: algorithm }
  },
})
