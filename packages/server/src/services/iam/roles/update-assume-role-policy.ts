import { queryOperation } from '../../../execution/define.ts'
import { changeEntity, requireEntity } from '../entities.ts'
import { OF_APPROVING_ROLES } from '../of-approvers.ts'
import { needsOn, ROLES } from '../families.ts'
import { boundaryCondition } from '../needed.ts'
import { acceptedTrust } from './trust-policy.ts'

export const updateAssumeRolePolicy = queryOperation<'iam', 'UpdateAssumeRolePolicy'>('iam', {
  name: 'UpdateAssumeRolePolicy',
  summary: 'Replaces the trust policy of a role. Existing sessions continue.',
  readOnly: false,
  afterRollback: 'again',
  documents: ['PolicyDocument'],
  audit: { request: ['RoleName', 'PolicyDocument'], response: [] },
  quorum: OF_APPROVING_ROLES,
  needs: needsOn('UpdateAssumeRolePolicy', ROLES, boundaryCondition),

  async run(call) {
    const { RoleName, PolicyDocument } = call.input
    const role = await requireEntity('role', RoleName, call)
    changeEntity(role, { trust: await acceptedTrust(PolicyDocument, call.services) }, call)
    return undefined
  },
})
