import { serviceError } from '@keyhold/protocol'
import { STATE_RULES } from '../../keys/states.ts'
import { policyRow } from '../../lifecycle/new-key.ts'
import { operation } from '../define.ts'
import { DEFAULT_POLICY_NAME, keyPolicy } from './key-policy.ts'
import { policyFault } from './policy-rules.ts'
import { managedKey } from './targets.ts'

export const putKeyPolicy = operation<'PutKeyPolicy', 'key'>({
  name: 'PutKeyPolicy',
  summary: 'Replaces the key policy of a KMS key.',
  readOnly: false,
  keys: { key: managedKey(STATE_RULES.any) },
  grantable: false,
  audit: { request: ['KeyId', 'PolicyName', 'Policy', 'BypassPolicyLockoutSafetyCheck'], response: [] },

  check: ({ PolicyName = DEFAULT_POLICY_NAME }) =>
    PolicyName === DEFAULT_POLICY_NAME ? undefined : serviceError('NotFoundException', 'No such policy exists'),

  async run({ input, keys: { key }, services, changes }) {
    const fault = policyFault(input.Policy, key.value, services.keyPolicies)
    if (fault) throw fault
    const { row } = await keyPolicy(key, services)
    changes.require(key.row)
    changes.update(await policyRow(services.hierarchy, key.value, input.Policy, row.version + 1))
  },
})
