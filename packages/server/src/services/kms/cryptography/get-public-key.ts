import { type CustomerMasterKeySpec, type Output, serviceError } from '@keyhold/protocol'
import { publicKeyDer } from '../../../crypto/asymmetric/raw-key.ts'
import type { KeyEntry } from '../../../identity/directory/directory.ts'
import { keyArn } from '../../../domain/keys/arns.ts'
import { algorithmLists } from '../../../domain/keys/metadata.ts'
import { isKeyPair, keySpec } from '../../../domain/keys/specs.ts'
import { STATE_RULES, stateRefusal } from '../../../domain/keys/states.ts'
import { operation } from '../../../execution/define.ts'
import { answeredKey, currentPublicKey } from './used-key.ts'

export const getPublicKey = operation<'GetPublicKey', 'key'>({
  name: 'GetPublicKey',
  summary: 'Returns the public key of an asymmetric KMS key, for use outside the service.',
  readOnly: true,
  keys: { key: { states: STATE_RULES.publicKey, find: ({ KeyId }, lookup) => lookup.byAnyReference(KeyId) } },
  crossAccount: 'yes',
  grantable: { keys: 'asymmetric', context: false },
  rate: 2000,
  audit: { request: ['KeyId'], response: [] },

  async run({ keys: { key }, services }) {
    const { spec, usage } = key.value
    if (!isKeyPair(keySpec(spec))) throw serviceError('UnsupportedOperationException')
    requireImported(key)
    return {
      ...answeredKey(key),
      PublicKey: publicKeyDer(await currentPublicKey(key, services)),
      CustomerMasterKeySpec: spec as CustomerMasterKeySpec, // deprecated, and as in KeyMetadata
      KeySpec: spec,
      KeyUsage: usage,
      ...(algorithmLists(key.value) as Output<'GetPublicKey'>), // HMAC keys, whose list is not one of these, have no pair
    }
  },
})

/** The public half stays when key material expires or is deleted. Before the first import there is none. */
function requireImported({ value }: KeyEntry): void {
  const refusal = stateRefusal(STATE_RULES.use, value.state, keyArn(value))
  if (value.currentMaterialId === undefined && refusal) throw refusal
}
