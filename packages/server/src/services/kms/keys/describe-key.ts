import { keyMetadata } from '../../../domain/keys/metadata.ts'
import { STATE_RULES } from '../../../domain/keys/states.ts'
import { operation } from '../../../execution/define.ts'

export const describeKey = operation<'DescribeKey', 'key'>({
  name: 'DescribeKey',
  summary: 'Returns the metadata of a KMS key.',
  readOnly: true,
  keys: { key: { states: STATE_RULES.any, find: ({ KeyId }, lookup) => lookup.byAnyReference(KeyId) } },
  crossAccount: 'yes',
  grantable: { keys: 'any', context: false },
  rate: 2000,
  audit: { request: ['KeyId'], response: [] },

  run: async ({ keys: { key } }) => ({ KeyMetadata: keyMetadata(key.value) }),
})
