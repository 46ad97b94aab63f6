import type { OwnConditions } from '../../authorization/request-facts.ts'
import { keyArn } from '../../keys/arns.ts'
import { STATE_RULES } from '../../keys/states.ts'
import { operation } from '../define.ts'
import type { Found } from '../found.ts'
import { ciphertextFault, ciphertextOf, ignoresCiphertext, sourceKey } from './ciphertext-source.ts'
import { answeredKey, currentMaterialId, decryptUnder, encryptionAlgorithm, encryptUnder } from './symmetric.ts'
import { encryptionAlgorithmCondition } from './targets.ts'

export const reEncrypt = operation<'ReEncrypt', 'source' | 'destination'>({
  name: 'ReEncrypt',
  summary: 'Decrypts a ciphertext and encrypts it again, under another key or another context, inside the service.',
  readOnly: true,
  keys: {
    source: {
      action: 'ReEncryptFrom',
      ...sourceKey<'ReEncrypt'>((input) => input.SourceKeyId),
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
  grantable: true,
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
      SourceEncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
      DestinationEncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
    },
  },

  check: ciphertextFault,

  async run({ input, keys: { source, destination }, services, note }) {
    const algorithms = {
      SourceEncryptionAlgorithm: encryptionAlgorithm(source, input.SourceEncryptionAlgorithm),
      DestinationEncryptionAlgorithm: encryptionAlgorithm(destination, input.DestinationEncryptionAlgorithm),
    }
    const keyIds = { SourceKeyId: keyArn(source.value), ...answeredKey(destination) }
    if (ignoresCiphertext(input)) return { ...keyIds, ...algorithms }
    const opened = await decryptUnder(source, ciphertextOf(input), input.SourceEncryptionContext, services)
    using plaintext = opened.plaintext
    const materials = {
      SourceKeyMaterialId: opened.materialId,
      DestinationKeyMaterialId: currentMaterialId(destination),
    }
    note('sourceKeyMaterialId', materials.SourceKeyMaterialId)
    note('destinationKeyMaterialId', materials.DestinationKeyMaterialId)
    const blob = await encryptUnder(destination, plaintext, input.DestinationEncryptionContext, services)
    return { CiphertextBlob: blob, ...keyIds, ...algorithms, ...materials }
  },
})

function onSameKey({ source, destination }: Readonly<Record<string, Found>>): OwnConditions {
  return { 'kms:reencryptonsamekey': String(source?.arn !== undefined && source.arn === destination?.arn) }
}
