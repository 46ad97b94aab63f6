import { serviceError } from '@keyhold/protocol'
import type { KeyRecord } from '../../../domain/keys/record.ts'
import { isKeyPair, keySpec } from '../../../domain/keys/specs.ts'
import { STATE_RULES } from '../../../domain/keys/states.ts'
import { moveAlias } from './stored-alias.ts'
import { operation } from '../../../execution/define.ts'
import { aliasNameFault, aliasOf, aliasTargetFault, presentTarget } from './alias-rules.ts'
import { requireRoomForAlias } from '../quota-rules.ts'

export const updateAlias = operation<'UpdateAlias', 'present' | 'key'>({
  name: 'UpdateAlias',
  summary: 'Associates an alias with another KMS key of the same type and usage.',
  readOnly: false,
  afterRollback: 'again where nothing is missing',
  keys: {
    present: presentTarget(STATE_RULES.any),
    key: { states: STATE_RULES.alter, find: ({ TargetKeyId }, lookup) => lookup.byKeyReference(TargetKeyId) },
  },
  alias: { name: ({ AliasName }) => AliasName },
  crossAccount: 'no',
  grantable: false,
  rate: 5,
  audit: { request: ['AliasName', 'TargetKeyId'], response: [] },

  check: ({ AliasName, TargetKeyId }) => aliasNameFault(AliasName) ?? aliasTargetFault(TargetKeyId),

  async run(call) {
    const { present, key } = call.keys
    const alias = await aliasOf(present, call)
    if (!isOfSameType(present.value, key.value)) {
      throw serviceError('ValidationException', 'Both KMS keys of an alias must have the same key type and key usage.')
    }
    if (alias.value.targetKeyId !== key.value.keyId) await requireRoomForAlias(key, call.services)
    await moveAlias(alias, { from: present, to: key, nowMs: call.nowMs }, call.services, call.changes)
  },
})

/**
 * Both keys are symmetric, both HMAC or both key pairs, whatever their specs. Source: AWS KMS API Reference,
 * UpdateAlias.
 */
function isOfSameType(one: KeyRecord, other: KeyRecord): boolean {
  return one.usage === other.usage && isKeyPair(keySpec(one.spec)) === isKeyPair(keySpec(other.spec))
}
