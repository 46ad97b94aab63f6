import { operation } from '../../../execution/define.ts'
import { generatePair, pairSealingKey, pairSpecFault } from './data-key-pair.ts'

export const generateDataKeyPairWithoutPlaintext = operation<'GenerateDataKeyPairWithoutPlaintext', 'key'>({
  name: 'GenerateDataKeyPairWithoutPlaintext',
  summary: 'Makes a pair of keys and returns the private one sealed under a KMS key only.',
  readOnly: true,
  keys: { key: pairSealingKey() },
  crossAccount: 'yes',
  grantable: true,
  audit: { request: ['KeyId', 'KeyPairSpec', 'EncryptionContext', 'DryRun'], response: [] },

  check: pairSpecFault,

  async run(call) {
    const { privateKey, answer } = await generatePair(call)
    privateKey.wipe()
    return answer
  },
})
