import { queryOperation } from '../../../execution/define.ts'
import { deleteConflict, changeEntity, noSuchEntity, requireEntity } from '../entities.ts'
import { needsOnProfile, profileIn, roleInProfile } from './instance-profiles.ts'
import { neededOn } from '../needed.ts'
import { requireWithin } from '../account/quotas.ts'

/** The service that the role is passed to: instance profiles are for EC2. */
const PASSED_TO = { 'iam:passedtoservice': 'ec2.amazonaws.com' }

export const addRoleToInstanceProfile = queryOperation<'iam', 'AddRoleToInstanceProfile'>('iam', {
  name: 'AddRoleToInstanceProfile',
  summary: 'Adds a role to an instance profile, which can contain one. The caller needs permission to pass the role.',
  readOnly: false,
  afterRollback: 'again where nothing is missing',
  audit: { request: ['InstanceProfileName', 'RoleName'], response: [] },

  // Source: IAM API Reference: "The caller of this operation must be granted the PassRole permission on the IAM role".
  needs: async (input, context) => [
    ...(await needsOnProfile('AddRoleToInstanceProfile')(input, context)),
    await neededOn('PassRole', { kind: 'role', name: input.RoleName }, context, () => PASSED_TO),
  ],

  async run(call) {
    const profile = await profileIn(call)
    const role = await requireEntity('role', call.input.RoleName, call)
    const present = await roleInProfile(profile.entry.value, call.services.directory)
    requireWithin('InstanceSessionsPerInstanceProfile', present === undefined ? 1 : 2)
    changeEntity(profile, { roleId: role.entry.id }, call)
    // Writes the role unchanged, so that a concurrent deletion of the role fails.
    changeEntity(role, {}, call)
    return undefined
  },
})

export const removeRoleFromInstanceProfile = queryOperation<'iam', 'RemoveRoleFromInstanceProfile'>('iam', {
  name: 'RemoveRoleFromInstanceProfile',
  summary: 'Removes the role from an instance profile.',
  readOnly: false,
  afterRollback: 'again',
  audit: { request: ['InstanceProfileName', 'RoleName'], response: [] },
  needs: needsOnProfile('RemoveRoleFromInstanceProfile'),

  async run(call) {
    const profile = await profileIn(call)
    const role = await requireEntity('role', call.input.RoleName, call)
    if (profile.entry.value.roleId !== role.entry.id) throw noSuchEntity('role', call.input.RoleName)
    changeEntity(profile, { roleId: undefined }, call)
    return undefined
  },
})

export const deleteInstanceProfile = queryOperation<'iam', 'DeleteInstanceProfile'>('iam', {
  name: 'DeleteInstanceProfile',
  summary: 'Deletes an instance profile. It must not contain a role.',
  readOnly: false,
  afterRollback: 'again',
  audit: { request: ['InstanceProfileName'], response: [] },
  needs: needsOnProfile('DeleteInstanceProfile'),

  async run(call) {
    const { entry, name } = await profileIn(call)
    if (await roleInProfile(entry.value, call.services.directory)) {
      throw deleteConflict('must remove roles from instance profile first')
    }
    call.changes.delete(entry)
    call.changes.delete(name)
    return undefined
  },
})
