import { STATE_RULES } from '../../../domain/keys/states.ts'
import { deleteGrant } from '../../../vault/records/grant-rows.ts'
import { operation } from '../../../execution/define.ts'
import { requireGrant } from './grant-rules.ts'
import { managedKey } from '../targets.ts'

export const revokeGrant = operation<'RevokeGrant', 'key'>({
  name: 'RevokeGrant',
  summary: 'Deletes a grant immediately. Callable by key administrators.',
  readOnly: false,
  afterRollback: 'again',
  keys: { key: managedKey(STATE_RULES.any) },
  crossAccount: 'yes',
  grantable: false,
  rate: 50,
  changesKey: false,
  about: 'grants',
  audit: { request: ['KeyId', 'GrantId', 'DryRun'], response: [] },

  async run({ input, keys, services, changes }) {
    deleteGrant(await requireGrant(keys.key.value, input.GrantId, services), changes)
  },
})
