import { operation } from '../../../execution/define.ts'
import { dataKeySizeFault, generate } from './data-key.ts'
import { dataSealingKey } from '../targets.ts'

export const generateDataKeyWithoutPlaintext = operation<'GenerateDataKeyWithoutPlaintext', 'key'>({
  name: 'GenerateDataKeyWithoutPlaintext',
  summary: 'Generates a data key for later use. It is returned only encrypted under a KMS key.',
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

  check: dataKeySizeFault,

  async run(call) {
    const { plaintext, answer } = await generate(call)
    plaintext.wipe()
    return answer
  },
})
