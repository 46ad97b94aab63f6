import { operation } from '../../../execution/define.ts'
import { generatePair, pairSealingKey, pairSpecFault } from './data-key-pair.ts'

export const generateDataKeyPairWithoutPlaintext = operation<'GenerateDataKeyPairWithoutPlaintext', 'key'>({
  name: 'GenerateDataKeyPairWithoutPlaintext',
  summary: 'Generates a data key pair. The private key is returned only encrypted under a KMS key.',
  readOnly: true,
  keys: { key: pairSealingKey() },
  crossAccount: 'yes',
  grantable: { keys: 'symmetric', context: true },
  rate: 'by data key pair',
  tracksUse: true,
  audit: { request: ['KeyId', 'KeyPairSpec', 'EncryptionContext', 'DryRun'], response: [] },

  check: pairSpecFault,

  async run(call) {
    const { privateKey, answer } = await generatePair(call)
    privateKey.wipe()
    return answer
  },
})
