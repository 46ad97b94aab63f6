import { type Input, type ServiceError, serviceError } from '@keyhold/protocol'
import { keyArn } from '../../keys/arns.ts'
import { keyMetadata } from '../../keys/metadata.ts'
import { type KeySpec, keySpec } from '../../keys/specs.ts'
import { tagFault } from '../../keys/tags.ts'
import { newKey } from '../../lifecycle/new-key.ts'
import { operation } from '../define.ts'
import { policyFault } from './policy-rules.ts'
import { refuseCustomKeyStore } from './unsupported-members.ts'

export const createKey = operation<'CreateKey'>({
  name: 'CreateKey',
  summary: 'Creates a KMS key with material that never leaves the service unencrypted.',
  readOnly: false,
  grantable: false,
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

  check: (input) => specFault(input) ?? refuseCustomKeyStore(input) ?? unsupported(input) ?? tagFault(input.Tags ?? []),

  async run({ input, caller, nowMs, services, changes, concerns }) {
    const { accountId } = caller.principal
    const fault = policyFault(input.Policy, { accountId, region: caller.region }, services.keyPolicies)
    if (fault) throw fault
    const wanted = {
      accountId,
      region: caller.region,
      spec: wantedSpec(input) as KeySpec,
      description: input.Description ?? '',
      tags: input.Tags ?? [],
      policy: input.Policy,
      nowMs,
    }
    const { record, rows } = await newKey(wanted, services)
    for (const row of rows) changes.insert(row)
    concerns({ accountId, type: 'AWS::KMS::Key', arn: keyArn(record) })
    return { KeyMetadata: keyMetadata(record) }
  },
})

function wantedSpecName({ KeySpec, CustomerMasterKeySpec }: Input<'CreateKey'>): string {
  return KeySpec ?? CustomerMasterKeySpec ?? 'SYMMETRIC_DEFAULT'
}

function wantedSpec(input: Input<'CreateKey'>): KeySpec | undefined {
  return keySpec(wantedSpecName(input))
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
  const spec = wantedSpec(input)
  return spec !== undefined && KeyUsage !== undefined && !spec.usages.some((usage) => usage === KeyUsage)
    ? validation(`KeyUsage ${KeyUsage} is not compatible with KeySpec ${name}`)
    : undefined
}

/** What AWS has and this server does not yet: refused by name, never made as something else. */
function unsupported(input: Input<'CreateKey'>): ServiceError | undefined {
  const { Origin = 'AWS_KMS', MultiRegion, XksKeyId } = input
  const spec = wantedSpec(input)
  // AWS's answer for SM2 outside of its China Regions.
  if (spec?.offered === false)
    return serviceError('UnsupportedOperationException', `KeySpec ${spec.name} is not supported in this Region`)
  if (spec?.name !== 'SYMMETRIC_DEFAULT') return refused(`KeySpec ${wantedSpecName(input)}`)
  if (Origin !== 'AWS_KMS') return refused(`Origin ${Origin}`)
  if (MultiRegion) return refused('MultiRegion')
  return XksKeyId === undefined ? undefined : refused('XksKeyId')
}

function refused(what: string): ServiceError {
  return serviceError('UnsupportedOperationException', `${what} is not supported by this service.`)
}

function validation(message: string): ServiceError {
  return serviceError('ValidationException', message)
}
