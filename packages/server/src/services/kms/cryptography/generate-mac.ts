import { generateMac as macOf } from '../../../crypto/hmac.ts'
import { operation } from '../../../execution/define.ts'
import { macKey } from '../targets.ts'
import { answeredKey, currentMaterial, usedAlgorithm } from './used-key.ts'

export const generateMac = operation<'GenerateMac', 'key'>({
  name: 'GenerateMac',
  summary: 'Generates an HMAC for a message with a KMS key.',
  readOnly: true,
  keys: { key: macKey() },
  crossAccount: 'yes',
  grantable: { keys: 'any', context: false },
  rate: 'cryptographic-symmetric',
  tracksUse: true,
  audit: { request: ['KeyId', 'MacAlgorithm', 'DryRun'], response: [] },

  async run({ input: { MacAlgorithm, Message }, keys: { key }, services }) {
    const algorithm = usedAlgorithm(key, 'GENERATE_VERIFY_MAC', MacAlgorithm)
    const mac = macOf(await currentMaterial(key, services), algorithm, Message.reveal())
    return { ...answeredKey(key), Mac: mac, MacAlgorithm }
  },
})
