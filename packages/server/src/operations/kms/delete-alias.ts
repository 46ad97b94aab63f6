import { STATE_RULES } from '../../keys/states.ts'
import { operation } from '../define.ts'
import { aliasNameFault, aliasNotFound, presentAlias, presentTarget } from './alias-rules.ts'

export const deleteAlias = operation<'DeleteAlias', 'key'>({
  name: 'DeleteAlias',
  summary: 'Removes an alias. Its KMS key stays.',
  readOnly: false,
  keys: { key: presentTarget(STATE_RULES.any) },
  alias: { name: ({ AliasName }) => AliasName },
  crossAccount: 'no',
  grantable: false,
  audit: { request: ['AliasName'], response: [] },

  check: ({ AliasName }) => aliasNameFault(AliasName),

  async run(call) {
    const alias = await presentAlias(call)
    if (alias === undefined) throw aliasNotFound(call.keys.key, call.input.AliasName)
    call.changes.delete(alias.row)
  },
})
