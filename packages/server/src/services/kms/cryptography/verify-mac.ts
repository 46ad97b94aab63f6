import { serviceError } from '@keyhold/protocol'
import { verifyMac as isMacOf } from '../../../crypto/hmac.ts'
import { operation } from '../../../execution/define.ts'
import { macKey } from '../targets.ts'
import { answeredKey, currentMaterial, usedAlgorithm } from './used-key.ts'

export const verifyMac = operation<'VerifyMac', 'key'>({
  name: 'VerifyMac',
  summary: 'Verifies an HMAC for a message with a KMS key. An invalid HMAC causes an error.',
  readOnly: true,
  keys: { key: macKey() },
  crossAccount: 'yes',
  grantable: { keys: 'any', context: false },
  rate: 'cryptographic-symmetric',
  tracksUse: true,
  audit: { request: ['KeyId', 'MacAlgorithm', 'DryRun'], response: [] },

  async run({ input: { MacAlgorithm, Message, Mac }, keys: { key }, services }) {
    const algorithm = usedAlgorithm(key, 'GENERATE_VERIFY_MAC', MacAlgorithm)
    const valid = isMacOf(await currentMaterial(key, services), algorithm, Message.reveal(), Mac)
    if (!valid) throw serviceError('KMSInvalidMacException')
    return { ...answeredKey(key), MacValid: true, MacAlgorithm }
  },
})
