import type { Output } from '@keyhold/protocol'
import type { OwnConditions } from '../../../domain/policy/request-facts.ts'
import type { EncryptionAlgorithm } from '../../../domain/keys/algorithms.ts'
import { keyArn } from '../../../domain/keys/arns.ts'
import { STATE_RULES } from '../../../domain/keys/states.ts'
import { type Call, operation } from '../../../execution/define.ts'
import type { Found } from '../../../execution/lookup.ts'
import { ciphertextFault, ciphertextOf, ignoresCiphertext, namedKeyFault, sourceKey } from './ciphertext-source.ts'
import { DEFAULT_ENCRYPTION_ALGORITHM, encryption, encryptionAlgorithm } from './encryption.ts'
import { encryptionAlgorithmCondition } from '../targets.ts'
import { answeredKey } from './used-key.ts'

export const reEncrypt = operation<'ReEncrypt', 'source' | 'destination'>({
  name: 'ReEncrypt',
  summary:
    'Decrypts a ciphertext and encrypts it again inside the service, with another key or another encryption context.',
  readOnly: true,
  keys: {
    source: {
      action: 'ReEncryptFrom',
      ...sourceKey<'ReEncrypt'>(({ SourceKeyId, SourceEncryptionAlgorithm }) => ({
        keyId: SourceKeyId,
        algorithm: SourceEncryptionAlgorithm,
      })),
      context: ({ SourceEncryptionContext }) => SourceEncryptionContext,
      conditions: (input, found) => ({
        ...encryptionAlgorithmCondition(input.SourceEncryptionAlgorithm),
        ...onSameKey(found),
      }),
    },
    destination: {
      action: 'ReEncryptTo',
      states: STATE_RULES.use,
      usage: 'ENCRYPT_DECRYPT',
      find: ({ DestinationKeyId }, lookup) => lookup.byAnyReference(DestinationKeyId),
      context: ({ DestinationEncryptionContext }) => DestinationEncryptionContext,
      conditions: (input, found) => ({
        ...encryptionAlgorithmCondition(input.DestinationEncryptionAlgorithm),
        ...onSameKey(found),
      }),
    },
  },
  crossAccount: 'yes',
  grantable: { keys: 'any', context: true },
  rate: 'by key',
  tracksUse: true,
  audit: {
    request: [
      'SourceKeyId',
      'SourceEncryptionAlgorithm',
      'SourceEncryptionContext',
      'DestinationKeyId',
      'DestinationEncryptionAlgorithm',
      'DestinationEncryptionContext',
      'DryRun',
    ],
    response: [],
    defaults: {
      SourceEncryptionAlgorithm: DEFAULT_ENCRYPTION_ALGORITHM,
      DestinationEncryptionAlgorithm: DEFAULT_ENCRYPTION_ALGORITHM,
    },
  },

  check: (input) =>
    ciphertextFault(input) ?? namedKeyFault('SourceKeyId', input.SourceKeyId, input.SourceEncryptionAlgorithm),

  async run(call) {
    const { input, keys } = call
    const algorithms = {
      source: encryptionAlgorithm(keys.source, input.SourceEncryptionAlgorithm),
      destination: encryptionAlgorithm(keys.destination, input.DestinationEncryptionAlgorithm),
    }
    const answer = {
      SourceKeyId: keyArn(keys.source.value),
      ...answeredKey(keys.destination),
      SourceEncryptionAlgorithm: algorithms.source.name,
      DestinationEncryptionAlgorithm: algorithms.destination.name,
    }
    return ignoresCiphertext(input) ? answer : { ...answer, ...(await moved(call, algorithms)) }
  },
})

/** Returns the ciphertext under the destination key, and the ids of the key materials of symmetric keys. */
async function moved(
  { input, caller, keys, services, note }: Call<'ReEncrypt', 'source' | 'destination'>,
  algorithms: Record<'source' | 'destination', EncryptionAlgorithm>,
): Promise<Output<'ReEncrypt'>> {
  const from = { algorithm: algorithms.source, context: input.SourceEncryptionContext }
  const to = { algorithm: algorithms.destination, context: input.DestinationEncryptionContext }
  const request = { ...from, ciphertext: ciphertextOf(input), caller }
  const opened = await encryption.decrypt(keys.source, request, services)
  using plaintext = opened.plaintext
  const sealed = await encryption.encrypt(keys.destination, { ...to, plaintext }, services)
  if (opened.materialId !== undefined) note('sourceKeyMaterialId', opened.materialId)
  if (sealed.materialId !== undefined) note('destinationKeyMaterialId', sealed.materialId)
  return {
    CiphertextBlob: sealed.ciphertext,
    SourceKeyMaterialId: opened.materialId,
    DestinationKeyMaterialId: sealed.materialId,
  }
}

function onSameKey({ source, destination }: Readonly<Record<string, Found>>): OwnConditions {
  return { 'kms:reencryptonsamekey': String(source?.arn !== undefined && source.arn === destination?.arn) }
}
