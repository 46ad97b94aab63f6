import { serviceError } from '@keyhold/protocol'
import { decapsulate as decapsulateWith } from '../../../crypto/asymmetric/ml-kem.ts'
import { keySpec } from '../../../domain/keys/specs.ts'
import { operation } from '../../../execution/define.ts'
import { encapsulationKey } from '../targets.ts'
import { answeredKey, currentMaterial, usedAlgorithm } from './used-key.ts'

export const decapsulate = operation<'Decapsulate', 'key'>({
  name: 'Decapsulate',
  summary:
    'Returns the shared secret for a ciphertext that was encapsulated with the public key. A modified ciphertext gives a different secret.',
  readOnly: true,
  keys: { key: encapsulationKey() },
  crossAccount: 'yes',
  grantable: { keys: 'any', context: false },
  rate: 'cryptographic-ml-kem',
  tracksUse: true,
  audit: { request: ['KeyId', 'EncapsulationAlgorithm', 'DryRun'], response: [] },

  async run({ input: { EncapsulationAlgorithm, SharedSecretCiphertextBlob }, keys: { key }, services }) {
    usedAlgorithm(key, 'ENCAPSULATE_DECAPSULATE', EncapsulationAlgorithm)
    const privateKey = await currentMaterial(key, services)
    const secret = decapsulateWith(privateKey, keySpec(key.value.spec), SharedSecretCiphertextBlob)
    if (secret === undefined) throw serviceError('InvalidCiphertextException')
    return { ...answeredKey(key), SharedSecret: secret, EncapsulationAlgorithm }
  },
})
