import { STATE_RULES } from '../../keys/states.ts'
import { removeAlias } from '../../lifecycle/alias.ts'
import { operation } from '../define.ts'
import { aliasNameFault, aliasOf, presentTarget } from './alias-rules.ts'

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
    const { key } = call.keys
    await removeAlias(await aliasOf(key, call), key, call.services, call.changes)
  },
})
