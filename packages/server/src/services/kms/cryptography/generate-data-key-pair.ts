import { operation } from '../../../execution/define.ts'
import { generatePair, pairSealingKey, pairSpecFault } from './data-key-pair.ts'
import { refuseRecipient } from '../unsupported-members.ts'

export const generateDataKeyPair = operation<'GenerateDataKeyPair', 'key'>({
  name: 'GenerateDataKeyPair',
  summary: 'Generates a data key pair. The private key is returned in plaintext and encrypted under a KMS key.',
  readOnly: true,
  keys: { key: pairSealingKey() },
  crossAccount: 'yes',
  grantable: { keys: 'symmetric', context: true },
  rate: 'by data key pair',
  tracksUse: true,
  audit: { request: ['KeyId', 'KeyPairSpec', 'EncryptionContext', 'DryRun'], response: [] },

  check: (input) => refuseRecipient(input) ?? pairSpecFault(input),

  async run(call) {
    const { privateKey, answer } = await generatePair(call)
    return { ...answer, PrivateKeyPlaintext: privateKey }
  },
})
