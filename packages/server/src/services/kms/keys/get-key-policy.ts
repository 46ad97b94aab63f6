import { serviceError } from '@keyhold/protocol'
import { readablePolicy } from '../../../identity/directory/present-names.ts'
import { STATE_RULES } from '../../../domain/keys/states.ts'
import { operation } from '../../../execution/define.ts'
import { DEFAULT_POLICY_NAME, keyPolicy } from './policy-rules.ts'
import { managedKey } from '../targets.ts'

export const getKeyPolicy = operation<'GetKeyPolicy', 'key'>({
  name: 'GetKeyPolicy',
  summary: 'Returns the key policy of a KMS key, with the current names of its principals.',
  readOnly: true,
  keys: { key: managedKey(STATE_RULES.any) },
  crossAccount: 'no',
  grantable: false,
  rate: 1000,
  audit: { request: ['KeyId', 'PolicyName'], response: [] },

  async run({ input: { PolicyName = DEFAULT_POLICY_NAME }, keys: { key }, services }) {
    if (PolicyName !== DEFAULT_POLICY_NAME) throw serviceError('NotFoundException', 'No such policy exists')
    const { value } = (await keyPolicy(key, services)).stored
    return { Policy: await readablePolicy(value, services.directory), PolicyName }
  },
})
