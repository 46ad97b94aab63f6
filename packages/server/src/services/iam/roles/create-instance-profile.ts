import { identifier } from '../../../identity/accounts/identifiers.ts'
import { type InstanceProfileRecord, instanceProfileTable } from '../../../vault/records/instance-profile.ts'
import { queryOperation } from '../../../execution/define.ts'
import { wholeProfile } from './instance-profiles.ts'
import { neededToMake } from '../needed.ts'
import { addEntity } from '../new-entity.ts'
import { EXACT_CASE, mergedTags, tagFault } from '../tags.ts'

export const createInstanceProfile = queryOperation<'iam', 'CreateInstanceProfile'>('iam', {
  name: 'CreateInstanceProfile',
  summary: 'Creates an instance profile. It exists for tools that require it; no instance uses it.',
  readOnly: false,
  afterRollback: 'again where nothing is missing',
  audit: { request: ['InstanceProfileName', 'Path', 'Tags'], response: ['InstanceProfile'] },

  check: ({ Tags }) => tagFault(Tags, EXACT_CASE),

  needs(input, context) {
    const place = { kind: 'instance-profile', path: input.Path, name: input.InstanceProfileName } as const
    const create = neededToMake('CreateInstanceProfile', place, context)
    return input.Tags?.length ? [create, neededToMake('TagInstanceProfile', place, context)] : [create]
  },

  async run(call) {
    const { input, caller, services, nowMs } = call
    const record: InstanceProfileRecord = {
      profileId: identifier('AIPA', services.random),
      profileName: input.InstanceProfileName,
      accountId: caller.principal.accountId,
      path: input.Path ?? '/',
      createdMs: nowMs,
      tags: mergedTags([], input.Tags, EXACT_CASE),
    }
    await addEntity(
      { kind: 'instance-profile', entityId: record.profileId, name: record.profileName },
      instanceProfileTable,
      record,
      call,
    )
    return { InstanceProfile: await wholeProfile(record, services.directory) }
  },
})
