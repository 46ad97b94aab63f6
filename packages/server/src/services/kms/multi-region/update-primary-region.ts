import type { Input } from '@keyhold/protocol'
import { parseKeyReference } from '../../../domain/keys/identifiers.ts'
import { keyArn } from '../../../domain/keys/arns.ts'
import { STATE_RULES } from '../../../domain/keys/states.ts'
import { promote } from './promote.ts'
import { serviceRecord } from '../../../audit/service-record.ts'
import { operation } from '../../../execution/define.ts'
import type { Found, Lookup } from '../../../execution/lookup.ts'
import { inRegion, requirePrimary, requireReplica } from './multi-region-rules.ts'
import { managedKey } from '../targets.ts'

export const updatePrimaryRegion = operation<'UpdatePrimaryRegion', 'key' | 'replica'>({
  name: 'UpdatePrimaryRegion',
  summary: 'Makes a replica key in another Region the primary key. The current primary key becomes a replica key.',
  readOnly: false,
  afterRollback: 'again',
  keys: {
    key: {
      ...managedKey<'UpdatePrimaryRegion'>(STATE_RULES.use),
      conditions: ({ PrimaryRegion }) => ({ 'kms:primaryregion': PrimaryRegion }),
    },
    replica: {
      states: STATE_RULES.use,
      find: relatedKey,
      conditions: ({ PrimaryRegion }) => ({ 'kms:primaryregion': PrimaryRegion, ...inRegion(PrimaryRegion) }),
    },
  },
  crossAccount: 'no',
  grantable: false,
  rate: 5,
  audit: { request: ['KeyId', 'PrimaryRegion'], response: [] },

  async run({ keys: { key, replica }, nowMs, services, changes, alongside }) {
    const primary = requirePrimary(key)
    requireReplica(replica)
    await promote(primary, replica, services, changes)
    alongside(serviceRecord('UpdatePrimaryRegion', replica.value, nowMs, services.random))
  },
})

/** The key of the same id and account in the other Region. */
async function relatedKey(
  { KeyId, PrimaryRegion: region }: Input<'UpdatePrimaryRegion'>,
  lookup: Lookup,
): Promise<Found> {
  const reference = parseKeyReference(KeyId)
  if (reference.kind !== 'key') return lookup.byKeyReference(KeyId)
  const there = lookup.inRegion(region)
  if (reference.accountId === undefined) return there.byKeyReference(reference.keyId)
  return there.byKeyReference(keyArn({ accountId: reference.accountId, region, keyId: reference.keyId }))
}
