import { encapsulate as encapsulateTo } from '../../../crypto/asymmetric/ml-kem.ts'
import { operation } from '../../../execution/define.ts'
import { encapsulationKey } from '../targets.ts'
import { answeredKey, currentPublicKey, usedAlgorithm } from './used-key.ts'

export const encapsulate = operation<'Encapsulate', 'key'>({
  name: 'Encapsulate',
  summary:
    'Generates a shared secret and encapsulates it with the public key of a KMS key, so that Decapsulate can recover it.',
  readOnly: true,
  keys: { key: encapsulationKey() },
  crossAccount: 'yes',
  grantable: { keys: 'any', context: false },
  rate: 'cryptographic-ml-kem',
  tracksUse: true,
  audit: { request: ['KeyId', 'EncapsulationAlgorithm', 'DryRun'], response: [] },

  async run({ input: { EncapsulationAlgorithm }, keys: { key }, services }) {
    usedAlgorithm(key, 'ENCAPSULATE_DECAPSULATE', EncapsulationAlgorithm)
    const { ciphertext, sharedSecret } = encapsulateTo(await currentPublicKey(key, services))
    return {
      ...answeredKey(key),
      SharedSecret: sharedSecret,
      SharedSecretCiphertextBlob: ciphertext,
      EncapsulationAlgorithm,
    }
  },
})
