import { queryOperation } from '../define.ts'
import { requireEntity } from './entities.ts'
import { needsOn, ROLES } from './families.ts'
import { readPage } from './pages.ts'

/** Terraform asks before it deletes a role. */
export const listInstanceProfilesForRole = queryOperation<'iam', 'ListInstanceProfilesForRole'>('iam', {
  name: 'ListInstanceProfilesForRole',
  summary: 'Lists the instance profiles that have a role: none, as there are no instances here.',
  readOnly: true,
  audit: { request: ['RoleName', 'Marker', 'MaxItems'], response: [] },
  needs: needsOn('ListInstanceProfilesForRole', ROLES),

  async run(call) {
    const { RoleName } = call.input
    await requireEntity('role', RoleName, call)
    const { items, end } = await readPage<never>(call, ['ListInstanceProfilesForRole', RoleName], () => [])
    return { InstanceProfiles: items, ...end }
  },
})
