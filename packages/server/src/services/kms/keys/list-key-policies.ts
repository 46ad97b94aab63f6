import { STATE_RULES } from '../../../domain/keys/states.ts'
import { operation } from '../../../execution/define.ts'
import { DEFAULT_POLICY_NAME } from './policy-rules.ts'
import { refuseMarker } from '../pages.ts'
import { managedKey } from '../targets.ts'

export const listKeyPolicies = operation<'ListKeyPolicies', 'key'>({
  name: 'ListKeyPolicies',
  summary: 'Lists the names of the policies of a KMS key. The only valid name is default.',
  readOnly: true,
  keys: { key: managedKey(STATE_RULES.any) },
  crossAccount: 'no',
  grantable: false,
  rate: 100,
  audit: { request: ['KeyId', 'Limit', 'Marker'], response: [] },

  check: ({ Marker }) => refuseMarker(Marker),

  run: async () => ({ PolicyNames: [DEFAULT_POLICY_NAME], Truncated: false }),
})
