import { type Input, serviceError } from '@keyhold/protocol'
import type { KeyEntry } from '../../../identity/directory/directory.ts'
import type { Caller } from '../../../identity/accounts/caller.ts'
import { keyArn } from '../../../domain/keys/arns.ts'
import { keyMetadata } from '../../../domain/keys/metadata.ts'
import { STATE_RULES } from '../../../domain/keys/states.ts'
import { tagFault } from '../../../domain/keys/tags.ts'
import { addReplica, defaultReplicaPolicy, replicaRecord } from './replicate.ts'
import { serviceRecord } from '../../../audit/service-record.ts'
import { type Call, operation } from '../../../execution/define.ts'
import type { Lookup } from '../../../execution/lookup.ts'
import type { Needed } from '../../../execution/needed.ts'
import { replicaConditions } from '../keys/creation-conditions.ts'
import { inRegion, primaryFault, regionFault, requirePrimary } from './multi-region-rules.ts'
import { acceptedPolicy, bypassCondition } from '../keys/policy-rules.ts'
import { requireRoomForKey } from '../quota-rules.ts'
import { arnOfNewKey, taggingOfNewKey } from '../keys/tagging-of-new-key.ts'
import { managedKey } from '../targets.ts'

export const replicateKey = operation<'ReplicateKey', 'key'>({
  name: 'ReplicateKey',
  summary:
    'Replicates a multi-Region primary key into another Region. The replica has the same key id and key material, and its own key policy.',
  readOnly: false,
  afterRollback: { lost: 'The replica is not in the database: replicate the key again.' },
  keys: {
    key: {
      ...managedKey<'ReplicateKey'>(STATE_RULES.replicate),
      // As in a recorded response: a replica that is still Creating fails because it is not a primary key, not because
      // of its state.
      unfit: { before: 'state', fault: (key) => primaryFault(key) },
      conditions: ({ ReplicaRegion }) => ({ 'kms:replicaregion': ReplicaRegion }),
    },
  },
  crossAccount: 'no',
  grantable: false,
  // The replica opens what its primary encrypts, under a key policy that the caller chooses.
  quorum: { protection: 'POLICY' },
  rate: 5,
  documents: ['Policy'],
  audit: {
    request: ['KeyId', 'ReplicaRegion', 'Policy', 'BypassPolicyLockoutSafetyCheck', 'Description', 'Tags'],
    response: ['ReplicaKeyMetadata', 'ReplicaPolicy', 'ReplicaTags'],
  },

  needs: creationOfReplica,

  check: ({ Tags = [] }) => tagFault(Tags),

  async run(call) {
    const { input, keys, nowMs, services, changes, concerns, alongside } = call
    const primary = requirePrimary(keys.key)
    await requireVacancy(call)
    const wanted = { region: input.ReplicaRegion, description: input.Description ?? '', tags: input.Tags ?? [], nowMs }
    const replica = replicaRecord(primary.value, wanted)
    const policy = await policyOf(call, replica)
    await addReplica(primary, replica, policy, services, changes)
    concerns({ accountId: replica.accountId, type: 'AWS::KMS::Key', arn: keyArn(replica) })
    alongside(serviceRecord('SynchronizeMultiRegionKey', replica, nowMs, services.random))
    return {
      ReplicaKeyMetadata: keyMetadata(replica),
      ReplicaPolicy: policy.text,
      ...(replica.tags.length > 0 && { ReplicaTags: replica.tags }),
    }
  },
})

type ReplicateCall = Call<'ReplicateKey', 'key'>

/**
 * In the Region of the replica, the caller needs the permissions to create a key there (AWS KMS Developer Guide,
 * "Controlling access to multi-Region keys").
 */
async function creationOfReplica(
  { KeyId, ReplicaRegion, Tags, BypassPolicyLockoutSafetyCheck: bypass }: Input<'ReplicateKey'>,
  { lookup, caller }: { lookup: Lookup; caller: Caller },
): Promise<Needed[]> {
  const { key } = await lookup.byKeyReference(KeyId)
  const conditions = { ...(key && replicaConditions(key.value)), ...inRegion(ReplicaRegion) }
  const place = { accountId: caller.principal.accountId, region: ReplicaRegion }
  const arn = key ? keyArn({ ...key.value, region: ReplicaRegion }) : arnOfNewKey(place, true)
  return [
    {
      action: 'kms:CreateKey',
      resource: '*',
      tags: Tags ?? [],
      conditions: { ...conditions, ...bypassCondition(bypass) },
    },
    ...taggingOfNewKey(Tags, { arn, conditions }),
  ]
}

/** A Region can have one of the related keys, and must be within the account's quota of keys. */
async function requireVacancy(call: ReplicateCall): Promise<void> {
  const { ReplicaRegion: region } = call.input
  const {
    services,
    keys: { key },
  } = call
  const fault = await regionFault(key.value, region, services)
  if (fault) throw fault
  if (await services.directory.key({ region, keyId: key.value.keyId })) {
    throw serviceError('AlreadyExistsException', `The key ${keyArn({ ...key.value, region })} already exists.`)
  }
  await requireRoomForKey({ accountId: key.value.accountId, region }, call)
}

async function policyOf(call: ReplicateCall, key: KeyEntry['value']): ReturnType<typeof acceptedPolicy> {
  const { Policy, BypassPolicyLockoutSafetyCheck: bypass } = call.input
  return Policy === undefined ? defaultReplicaPolicy(key) : acceptedPolicy(Policy, { key, bypass }, call)
}
