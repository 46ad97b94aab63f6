import { queryError } from '@keyhold/protocol'
import { queryOperation } from '../../../execution/define.ts'
import { findEntity } from '../entities.ts'
import { arnFault, requireOwnPolicy } from './managed-policies.ts'
import { needsOnPolicy } from '../needed.ts'

const MORE_VERSIONS =
  "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. " +
  'The default version is deleted with the policy.'

export const deletePolicy = queryOperation<'iam', 'DeletePolicy'>('iam', {
  name: 'DeletePolicy',
  summary: 'Deletes a managed policy. It must not be attached to any entity or have versions other than the default.',
  readOnly: false,
  afterRollback: 'again',
  audit: { request: ['PolicyArn'], response: [] },
  check: arnFault,
  needs: needsOnPolicy('DeletePolicy'),

  async run(call) {
    const own = await requireOwnPolicy(call.input.PolicyArn, 'DeletePolicy', call)
    const { attachments, boundaries, versions, policyName } = own.value
    if (attachments + boundaries > 0) {
      throw queryError('DeleteConflict', 'Cannot delete a policy attached to entities.')
    }
    if (versions.length > 1) throw queryError('DeleteConflict', MORE_VERSIONS)
    const entity = await findEntity('policy', policyName, call)
    call.changes.delete(own)
    if (entity) call.changes.delete(entity.name)
    return undefined
  },
})
