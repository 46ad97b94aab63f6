import { type Input, Secret, serviceError } from '@keyhold/protocol'
import { generateKeyPair } from '../../../crypto/asymmetric/key-pair.ts'
import { keyArn } from '../../../domain/keys/arns.ts'
import type { KeyRecord } from '../../../domain/keys/record.ts'
import { type KeySpec, keySpec, type WrappingAlgorithm } from '../../../domain/keys/specs.ts'
import { canBeWrapped } from '../../../domain/keys/wrapping.ts'
import { STATE_RULES } from '../../../domain/keys/states.ts'
import { PURPOSES } from '../../../vault/hierarchy/sealing.ts'
import { operation } from '../../../execution/define.ts'
import { sealImportToken } from './import-token.ts'
import { threadsOf } from '../../../execution/threads-of.ts'
import { managedKey } from '../targets.ts'

export const getParametersForImport = operation<'GetParametersForImport', 'key'>({
  name: 'GetParametersForImport',
  summary: 'Returns a public key to wrap key material with, and the import token for ImportKeyMaterial.',
  readOnly: true,
  keys: {
    key: {
      ...managedKey<'GetParametersForImport'>(STATE_RULES.importParameters),
      origin: 'EXTERNAL',
      conditions: ({ WrappingAlgorithm: algorithm, WrappingKeySpec: spec }) => ({
        'kms:wrappingalgorithm': algorithm,
        'kms:wrappingkeyspec': spec,
      }),
    },
  },
  crossAccount: 'no',
  grantable: false,
  rate: 0.25,
  audit: { request: ['KeyId', 'WrappingAlgorithm', 'WrappingKeySpec'], response: [] },

  async run({ input, caller, keys: { key }, services, nowMs }) {
    const validToMs = nowMs + PURPOSES['import-token'].forMs
    const { wrappingKeySpec, wrappingAlgorithm } = acceptedWrapping(key.value, input)
    const pair = await generateKeyPair(wrappingKeySpec, threadsOf(caller, services))
    using privateKey = pair.privateKey
    const parameters = { wrappingKeySpec: input.WrappingKeySpec, wrappingAlgorithm, validToMs }
    return {
      KeyId: keyArn(key.value),
      ImportToken: await sealImportToken(key.value, parameters, privateKey, services.hierarchy),
      PublicKey: Secret.of(pair.publicKey),
      ParametersValidTo: new Date(validToMs),
    }
  },
})

function acceptedWrapping(
  key: KeyRecord,
  { WrappingAlgorithm: algorithm, WrappingKeySpec: name }: Input<'GetParametersForImport'>,
): { wrappingKeySpec: KeySpec; wrappingAlgorithm: WrappingAlgorithm } {
  const wrappingKeySpec = keySpec(name)
  if (wrappingKeySpec.offered && canBeWrapped(keySpec(key.spec), name, algorithm)) {
    return { wrappingKeySpec, wrappingAlgorithm: algorithm as WrappingAlgorithm }
  }
  const message = `Key material for KeySpec ${key.spec} cannot be wrapped with ${algorithm} and ${name}.`
  throw serviceError('UnsupportedOperationException', message)
}
