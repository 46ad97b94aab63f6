import { serviceError } from '@keyhold/protocol'
import { verify as verifySignature } from '../../../crypto/asymmetric/signatures.ts'
import { operation } from '../../../execution/define.ts'
import { threadsOf } from '../../../execution/threads-of.ts'
import { DEFAULT_MESSAGE_TYPE, signingKey, signingRequest } from './signatures.ts'
import { answeredKey, currentPublicKey } from './used-key.ts'

export const verify = operation<'Verify', 'key'>({
  name: 'Verify',
  summary: 'Verifies a digital signature with a KMS key. An invalid signature causes an error.',
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
    const request = { ...signingRequest(input, key), key: await currentPublicKey(key, services) }
    const valid = await verifySignature(request, input.Signature, threadsOf(caller, services))
    if (!valid) throw serviceError('KMSInvalidSignatureException')
    return { ...answeredKey(key), SignatureValid: true, SigningAlgorithm: input.SigningAlgorithm }
  },
})
