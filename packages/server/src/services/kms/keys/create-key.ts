import { type Input, type KeySpec as KeySpecName, type ServiceError, serviceError } from '@keyhold/protocol'
import { type OwnConditions, saidOr } from '../../../domain/policy/request-facts.ts'
import { placeOf } from '../../../identity/accounts/caller.ts'
import type { BoundPolicy } from '../../../domain/policy/bound-policy.ts'
import { keyArn } from '../../../domain/keys/arns.ts'
import { keyMetadata } from '../../../domain/keys/metadata.ts'
import { keySpec } from '../../../domain/keys/specs.ts'
import { isImportable } from '../../../domain/keys/wrapping.ts'
import { tagFault } from '../../../domain/keys/tags.ts'
import { addKey, keyRecord, type NewKey, newKeyId } from './new-key.ts'
import { type Chosen, copyOf } from '../../../execution/chosen.ts'
import { type Call, operation } from '../../../execution/define.ts'
import { chosenByTags } from './chosen-by-tags.ts'
import { creationConditions } from './creation-conditions.ts'
import { acceptedPolicy, bypassCondition } from './policy-rules.ts'
import { requireRoomForKey } from '../quota-rules.ts'
import { arnOfNewKey, taggingOfNewKey } from './tagging-of-new-key.ts'
import { refuseCustomKeyStore } from '../unsupported-members.ts'

export const createKey = operation<'CreateKey'>({
  name: 'CreateKey',
  summary: 'Creates a KMS key. Its key material never leaves the service unencrypted, or is imported later.',
  readOnly: false,
  afterRollback: { lost: 'The key is not in the database, and nothing opens what was encrypted under it.' },
  crossAccount: 'no',
  grantable: false,
  rate: 5,
  documents: ['Policy'],
  audit: {
    request: [
      'Policy',
      'Description',
      'KeyUsage',
      'CustomerMasterKeySpec',
      'KeySpec',
      'Origin',
      'BypassPolicyLockoutSafetyCheck',
      'Tags',
      'MultiRegion',
    ],
    response: ['KeyMetadata'],
  },

  needs: ({ Tags, ...input }, { caller }) => [
    { action: 'kms:CreateKey', resource: '*', tags: Tags ?? [], conditions: wantedConditions(input) },
    ...taggingOfNewKey(Tags, {
      arn: arnOfNewKey(placeOf(caller), input.MultiRegion === true),
      conditions: newKeyConditions(input),
    }),
  ],

  check: (input) =>
    specFault(input) ??
    refuseCustomKeyStore(input) ??
    unsupported(input) ??
    originFault(input) ??
    tagFault(input.Tags ?? []),

  async run(call) {
    const { caller, services, changes, concerns } = call
    await requireRoomForKey(placeOf(caller), call)
    const chosen = await chosenFor(call)
    const wanted = wantedKey(call, chosen)
    const policy = await policyOf(call, wanted)
    const material = chosen.material && copyOf(chosen.material)
    const record = await addKey({ ...wanted, policy, material, fresh: call.once }, services, changes)
    concerns({ accountId: record.accountId, type: 'AWS::KMS::Key', arn: keyArn(record) })
    return { KeyMetadata: keyMetadata(record) }
  },
})

/** Source: AWS KMS API Reference, CreateKey. */
const DEFAULT_SPEC = 'SYMMETRIC_DEFAULT'
const DEFAULT_ORIGIN = 'AWS_KMS'

type CreateKeyCall = Call<'CreateKey', never>

/** What is chosen for the key: on a service nothing, on a development server by a seed or by tags. */
async function chosenFor(call: CreateKeyCall): Promise<Chosen> {
  const { input, caller, services } = call
  const byTags = services.customTags && chosenByTags(input, wantedSpecName(input), call)
  const chosen = services.chosen ?? (await byTags) ?? {}
  const place = placeOf(caller)
  if (chosen.keyId !== undefined && (await services.directory.key({ ...place, keyId: chosen.keyId })) !== undefined) {
    throw serviceError('AlreadyExistsException', `The key ${keyArn({ ...place, keyId: chosen.keyId })} already exists.`)
  }
  return chosen
}

function wantedKey({ input, caller, nowMs, services }: CreateKeyCall, chosen: Chosen): NewKey & { keyId: string } {
  const { KeyUsage, Origin, MultiRegion: multiRegion = false, Description = '', Tags = [] } = input
  return {
    ...placeOf(caller),
    keyId: chosen.keyId ?? newKeyId(services.random, { multiRegion }),
    spec: keySpec(wantedSpecName(input)),
    usage: KeyUsage,
    origin: Origin === 'EXTERNAL' ? Origin : DEFAULT_ORIGIN,
    multiRegion,
    description: Description,
    tags: Tags,
    nowMs,
  }
}

async function policyOf(call: CreateKeyCall, wanted: NewKey & { keyId: string }): Promise<BoundPolicy | undefined> {
  const { Policy, BypassPolicyLockoutSafetyCheck: bypass } = call.input
  return Policy === undefined ? undefined : acceptedPolicy(Policy, { key: keyRecord(wanted), bypass }, call)
}

function wantedConditions(input: Omit<Input<'CreateKey'>, 'Tags'>): OwnConditions {
  const { KeyUsage, Origin, MultiRegion, KeySpec, CustomerMasterKeySpec } = input
  return {
    ...creationConditions({
      spec: saidOr(KeySpec ?? CustomerMasterKeySpec, DEFAULT_SPEC),
      usage: saidOr(KeyUsage, keySpec(wantedSpecName(input)).defaultUsage),
      origin: saidOr(Origin, DEFAULT_ORIGIN),
      multiRegion: saidOr(MultiRegion, 'false'),
      multiRegionType: MultiRegion === true ? 'PRIMARY' : undefined,
    }),
    ...bypassCondition(input.BypassPolicyLockoutSafetyCheck),
  }
}

/** The condition keys that describe the new key. They include the defaults of omitted parameters. */
function newKeyConditions(input: Omit<Input<'CreateKey'>, 'Tags'>): OwnConditions {
  const { KeyUsage, Origin = DEFAULT_ORIGIN, MultiRegion = false } = input
  const spec = wantedSpecName(input)
  return creationConditions({
    spec,
    usage: KeyUsage ?? keySpec(spec).defaultUsage,
    origin: Origin,
    multiRegion: String(MultiRegion),
    multiRegionType: MultiRegion ? 'PRIMARY' : undefined,
  })
}

function wantedSpecName({ KeySpec, CustomerMasterKeySpec }: Input<'CreateKey'>): KeySpecName {
  return KeySpec ?? CustomerMasterKeySpec ?? DEFAULT_SPEC
}

function specFault(input: Input<'CreateKey'>): ServiceError | undefined {
  const { KeySpec, CustomerMasterKeySpec, KeyUsage } = input
  const name = wantedSpecName(input)
  if (KeySpec !== undefined && CustomerMasterKeySpec !== undefined) {
    return validation(
      'You cannot specify KeySpec and CustomerMasterKeySpec in the same request. CustomerMasterKeySpec is deprecated.',
    )
  }
  if (KeyUsage === undefined && name !== 'SYMMETRIC_DEFAULT') {
    return validation('You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.')
  }
  return KeyUsage !== undefined && !keySpec(name).usages.includes(KeyUsage)
    ? validation(`KeyUsage ${KeyUsage} is not compatible with KeySpec ${name}`)
    : undefined
}

/** Key material of some specs cannot be imported. */
function originFault(input: Input<'CreateKey'>): ServiceError | undefined {
  const spec = keySpec(wantedSpecName(input))
  return input.Origin === 'EXTERNAL' && !isImportable(spec)
    ? validation(`KeySpec ${spec.name} is not supported for Origin EXTERNAL`)
    : undefined
}

/** Refuses features of AWS that this server does not have, by name, instead of creating something else. */
function unsupported(input: Input<'CreateKey'>): ServiceError | undefined {
  const { Origin = DEFAULT_ORIGIN, XksKeyId } = input
  const spec = keySpec(wantedSpecName(input))
  // AWS's error for SM2 outside its China Regions.
  if (!spec.offered) {
    return serviceError('UnsupportedOperationException', `KeySpec ${spec.name} is not supported in this Region`)
  }
  if (Origin !== 'AWS_KMS' && Origin !== 'EXTERNAL') return refused(`Origin ${Origin}`)
  return XksKeyId === undefined ? undefined : refused('XksKeyId')
}

function refused(what: string): ServiceError {
  return serviceError('UnsupportedOperationException', `${what} is not supported by this service.`)
}

function validation(message: string): ServiceError {
  return serviceError('ValidationException', message)
}
