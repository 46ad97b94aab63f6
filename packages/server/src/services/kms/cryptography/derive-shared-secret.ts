import { serviceError } from '@keyhold/protocol'
import { deriveSharedSecret as agreeOnSecret } from '../../../crypto/asymmetric/ecdh.ts'
import { keySpec } from '../../../domain/keys/specs.ts'
import { operation } from '../../../execution/define.ts'
import { threadsOf } from '../../../execution/threads-of.ts'
import { cryptographicKey } from '../targets.ts'
import { refuseRecipient } from '../unsupported-members.ts'
import { answeredKey, currentMaterial, usedAlgorithm } from './used-key.ts'

export const deriveSharedSecret = operation<'DeriveSharedSecret', 'key'>({
  name: 'DeriveSharedSecret',
  summary: "Derives a shared secret from a KMS key and another party's public key. Returns the raw result of ECDH.",
  readOnly: true,
  keys: {
    key: cryptographicKey('KEY_AGREEMENT', ({ KeyAgreementAlgorithm }) => ({
      'kms:keyagreementalgorithm': KeyAgreementAlgorithm,
    })),
  },
  crossAccount: 'yes',
  grantable: { keys: 'any', context: false },
  rate: 'cryptographic-ecc',
  tracksUse: true,
  audit: { request: ['KeyId', 'KeyAgreementAlgorithm', 'DryRun'], response: [] },

  check: refuseRecipient,

  async run({ input: { KeyAgreementAlgorithm, PublicKey }, caller, keys: { key }, services }) {
    usedAlgorithm(key, 'KEY_AGREEMENT', KeyAgreementAlgorithm)
    const own = { key: await currentMaterial(key, services), spec: keySpec(key.value.spec) }
    const secret = await agreeOnSecret({ ...own, peer: PublicKey }, threadsOf(caller, services))
    // For anything but a key of the same curve, AWS gives no further detail.
    if (secret === undefined) throw serviceError('ValidationException')
    return { ...answeredKey(key), SharedSecret: secret, KeyAgreementAlgorithm, KeyOrigin: key.value.origin }
  },
})
