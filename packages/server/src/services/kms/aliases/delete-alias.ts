import { STATE_RULES } from '../../../domain/keys/states.ts'
import { removeAlias } from './stored-alias.ts'
import { operation } from '../../../execution/define.ts'
import { aliasNameFault, aliasOf, presentTarget } from './alias-rules.ts'

export const deleteAlias = operation<'DeleteAlias', 'key'>({
  name: 'DeleteAlias',
  summary: 'Deletes an alias. The KMS key is unaffected.',
  readOnly: false,
  afterRollback: 'again',
  keys: { key: presentTarget(STATE_RULES.any) },
  alias: { name: ({ AliasName }) => AliasName },
  crossAccount: 'no',
  grantable: false,
  rate: 15,
  audit: { request: ['AliasName'], response: [] },

  check: ({ AliasName }) => aliasNameFault(AliasName),

  async run(call) {
    const { key } = call.keys
    await removeAlias(await aliasOf(key, call), key, call.services, call.changes)
  },
})
