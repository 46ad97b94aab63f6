import { operation } from '../../../execution/define.ts'
import { dataKeySizeFault, generate } from './data-key.ts'
import { dataSealingKey } from '../targets.ts'
import { refuseRecipient } from '../unsupported-members.ts'

export const generateDataKey = operation<'GenerateDataKey', 'key'>({
  name: 'GenerateDataKey',
  summary: 'Generates a data key. It is returned in plaintext and encrypted under a KMS key.',
  readOnly: true,
  keys: { key: dataSealingKey() },
  crossAccount: 'yes',
  grantable: { keys: 'symmetric', context: true },
  rate: 'cryptographic-symmetric',
  tracksUse: true,
  audit: {
    request: ['KeyId', 'KeySpec', 'NumberOfBytes', 'EncryptionContext', 'DryRun'],
    response: [],
  },

  check: (input) => refuseRecipient(input) ?? dataKeySizeFault(input),

  async run(call) {
    const { plaintext, answer } = await generate(call)
    return { ...answer, Plaintext: plaintext }
  },
})
