import type { Iam } from '@keyhold/protocol'
import { queryOperation } from '../../../execution/define.ts'
import { requireEntity } from '../entities.ts'
import { needsOn, ROLES } from '../families.ts'
import { needsOnProfile, profileIn, profilesWith, profileView, wholeProfile } from './instance-profiles.ts'
import { neededToList } from '../needed.ts'
import { eachOf, entityNames, readPage } from '../pages.ts'

export const getInstanceProfile = queryOperation<'iam', 'GetInstanceProfile'>('iam', {
  name: 'GetInstanceProfile',
  summary: 'Returns an instance profile with its role.',
  readOnly: true,
  audit: { request: ['InstanceProfileName'], response: [] },
  needs: needsOnProfile('GetInstanceProfile'),

  async run(call) {
    const { entry } = await profileIn(call)
    return { InstanceProfile: await wholeProfile(entry.value, call.services.directory) }
  },
})

export const listInstanceProfiles = queryOperation<'iam', 'ListInstanceProfiles'>('iam', {
  name: 'ListInstanceProfiles',
  summary: 'Lists the instance profiles of the account, optionally by path prefix.',
  readOnly: true,
  audit: { request: ['PathPrefix', 'Marker', 'MaxItems'], response: [] },
  needs: ({ PathPrefix }, context) => [neededToList('ListInstanceProfiles', 'instance-profile', PathPrefix, context)],

  async run(call) {
    const { directory } = call.services
    const { PathPrefix } = call.input
    const profiles = eachOf(entityNames('instance-profile', PathPrefix, call), async ({ entityId }) => {
      const profile = await directory.instanceProfile(entityId)
      return profile && profileView(profile.value, directory)
    })
    const { items, end } = await readPage(call, ['ListInstanceProfiles', PathPrefix], profiles)
    return { InstanceProfiles: items, ...end }
  },
})

/** Terraform calls this before it deletes a role. */
export const listInstanceProfilesForRole = queryOperation<'iam', 'ListInstanceProfilesForRole'>('iam', {
  name: 'ListInstanceProfilesForRole',
  summary: 'Lists the instance profiles that contain a role.',
  readOnly: true,
  audit: { request: ['RoleName', 'Marker', 'MaxItems'], response: [] },
  needs: needsOn('ListInstanceProfilesForRole', ROLES),

  async run(call) {
    const { entry } = await requireEntity('role', call.input.RoleName, call)
    const profiles = profilesWith(entry.id, call)
    const { items, end } = await readPage(call, ['ListInstanceProfilesForRole', entry.id], profiles)
    return { InstanceProfiles: items.toSorted(byName), ...end }
  },
})

function byName(one: Iam.InstanceProfile, other: Iam.InstanceProfile): number {
  return one.InstanceProfileName.toLowerCase() < other.InstanceProfileName.toLowerCase() ? -1 : 1
}
