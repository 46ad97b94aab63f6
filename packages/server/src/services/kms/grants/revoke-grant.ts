import { STATE_RULES } from '../../../domain/keys/states.ts'
import { deleteGrant } from '../../../vault/records/grant.ts'
import { operation } from '../../../execution/define.ts'
import { requireGrant } from './grant-rules.ts'
import { managedKey } from '../targets.ts'

export const revokeGrant = operation<'RevokeGrant', 'key'>({
  name: 'RevokeGrant',
  summary: 'Ends a grant at once, as whoever manages the KMS key.',
  readOnly: false,
  keys: { key: managedKey(STATE_RULES.any) },
  crossAccount: 'yes',
  grantable: false,
  audit: { request: ['KeyId', 'GrantId', 'DryRun'], response: [] },

  async run({ input, keys, services, changes }) {
    const { row } = await requireGrant(keys.key.value, input.GrantId, services)
    deleteGrant(row, changes)
  },
})
