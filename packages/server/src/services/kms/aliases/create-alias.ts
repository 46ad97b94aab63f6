import { serviceError } from '@keyhold/protocol'
import { placeOf } from '../../../identity/accounts/caller.ts'
import { aliasArn } from '../../../domain/keys/arns.ts'
import { STATE_RULES } from '../../../domain/keys/states.ts'
import { addAlias } from './stored-alias.ts'
import { operation } from '../../../execution/define.ts'
import { aliasNameFault, aliasTargetFault, presentAlias } from './alias-rules.ts'
import { requireRoomForAlias } from '../quota-rules.ts'

export const createAlias = operation<'CreateAlias', 'key'>({
  name: 'CreateAlias',
  summary: 'Creates an alias for a KMS key.',
  readOnly: false,
  afterRollback: 'again where nothing is missing',
  keys: {
    key: { states: STATE_RULES.alter, find: ({ TargetKeyId }, lookup) => lookup.byKeyReference(TargetKeyId) },
  },
  alias: { name: ({ AliasName }) => AliasName },
  crossAccount: 'no',
  grantable: false,
  rate: 5,
  audit: { request: ['AliasName', 'TargetKeyId'], response: [] },

  check: ({ AliasName, TargetKeyId }) => aliasNameFault(AliasName) ?? aliasTargetFault(TargetKeyId),

  async run(call) {
    const { keyId } = call.keys.key.value
    // The alias and its key both belong to the caller: aliases are confined to the account.
    const place = placeOf(call.caller)
    const { AliasName: name } = call.input
    if (await presentAlias(call)) {
      throw serviceError('AlreadyExistsException', `An alias with the name ${aliasArn(place, name)} already exists`)
    }
    await requireRoomForAlias(call.keys.key, call.services)
    const record = { name, ...place, targetKeyId: keyId, createdMs: call.nowMs, updatedMs: call.nowMs }
    await addAlias(record, call.keys.key, call.services, call.changes)
  },
})
