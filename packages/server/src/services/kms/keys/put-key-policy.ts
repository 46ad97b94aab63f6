import { serviceError } from '@keyhold/protocol'
import { STATE_RULES } from '../../../domain/keys/states.ts'
import { operation } from '../../../execution/define.ts'
import { DEFAULT_POLICY_NAME, keyPolicy, acceptedPolicy, bypassCondition } from './policy-rules.ts'
import { managedKey } from '../targets.ts'

export const putKeyPolicy = operation<'PutKeyPolicy', 'key'>({
  name: 'PutKeyPolicy',
  summary: 'Replaces the key policy of a KMS key.',
  readOnly: false,
  afterRollback: 'again',
  keys: {
    key: {
      ...managedKey<'PutKeyPolicy'>(STATE_RULES.any),
      conditions: ({ BypassPolicyLockoutSafetyCheck }) => bypassCondition(BypassPolicyLockoutSafetyCheck),
    },
  },
  crossAccount: 'no',
  grantable: false,
  quorum: { protection: 'POLICY' },
  rate: 15,
  documents: ['Policy'],
  audit: { request: ['KeyId', 'PolicyName', 'Policy', 'BypassPolicyLockoutSafetyCheck'], response: [] },

  check: ({ PolicyName = DEFAULT_POLICY_NAME }) =>
    PolicyName === DEFAULT_POLICY_NAME ? undefined : serviceError('NotFoundException', 'No such policy exists'),

  async run(call) {
    const {
      input,
      keys: { key },
      services,
      changes,
    } = call
    const { Policy, BypassPolicyLockoutSafetyCheck: bypass } = input
    const policy = await acceptedPolicy(Policy, { key: key.value, bypass }, call)
    const { stored } = await keyPolicy(key, services)
    const { accountId, region, keyId } = key.value
    changes.require(key)
    changes.update(stored, { accountId, region, keyId, ...policy })
  },
})
