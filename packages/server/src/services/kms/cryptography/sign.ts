import { sign as signMessage } from '../../../crypto/asymmetric/signatures.ts'
import { operation } from '../../../execution/define.ts'
import { threadsOf } from '../../../execution/threads-of.ts'
import { DEFAULT_MESSAGE_TYPE, signingKey, signingRequest } from './signatures.ts'
import { answeredKey, currentMaterial } from './used-key.ts'

export const sign = operation<'Sign', 'key'>({
  name: 'Sign',
  summary: 'Signs a message or a message digest with the private key of an asymmetric KMS key.',
  readOnly: true,
  keys: { key: signingKey() },
  crossAccount: 'yes',
  grantable: { keys: 'any', context: false },
  rate: 'by key',
  tracksUse: true,
  audit: {
    request: ['KeyId', 'MessageType', 'SigningAlgorithm', 'DryRun'],
    response: [],
    defaults: { MessageType: DEFAULT_MESSAGE_TYPE },
  },

  async run({ input, caller, keys: { key }, services }) {
    const request = { ...signingRequest(input, key), key: await currentMaterial(key, services) }
    const signature = await signMessage(request, threadsOf(caller, services))
    return { ...answeredKey(key), Signature: signature, SigningAlgorithm: input.SigningAlgorithm }
  },
})
