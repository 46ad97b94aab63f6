import { identifier } from '../../identity/identifiers.ts'
import type { BoundPolicy, RoleRecord } from '../../identity/records.ts'
import { type QueryCall, queryOperation } from '../define.ts'
import { attach } from './attachments.ts'
import { boundaryFault, newBoundaryCondition } from './boundaries.ts'
import { neededToMake } from './needed.ts'
import { addEntity } from './new-entity.ts'
import { wholeRole } from './role-view.ts'
import { IGNORE_CASE, mergedTags, tagFault } from './tags.ts'
import { acceptedTrust } from './trust-policy.ts'

/** Source: IAM API Reference, CreateRole, MaxSessionDuration: an hour unless asked otherwise. */
const USUAL_SECONDS = 3600

export const createRole = queryOperation<'iam', 'CreateRole'>('iam', {
  name: 'CreateRole',
  summary: 'Makes a role, which those may assume whom its trust policy allows it, and which may do nothing yet.',
  readOnly: false,
  audit: {
    request: [
      'RoleName',
      'AssumeRolePolicyDocument',
      'Path',
      'Description',
      'MaxSessionDuration',
      'PermissionsBoundary',
      'Tags',
    ],
    response: ['Role'],
  },

  check: (input) => boundaryFault(input) ?? tagFault(input.Tags, IGNORE_CASE),

  needs(input, context) {
    const place = { kind: 'role', path: input.Path, name: input.RoleName } as const
    const create = neededToMake('CreateRole', place, context, newBoundaryCondition(input))
    return input.Tags?.length ? [create, neededToMake('TagRole', place, context)] : [create]
  },

  async run(call) {
    const { input, services } = call
    const record = newRole(call, await acceptedTrust(input.AssumeRolePolicyDocument, services))
    await addEntity({ kind: 'role', id: record.principalId, name: record.roleName, record }, call)
    if (record.boundary !== undefined) {
      const role = { kind: 'role', entityId: record.principalId } as const
      await attach({ ...role, policyArn: record.boundary, how: 'boundary' }, call)
    }
    return { Role: await wholeRole(record, services.directory) }
  },
})

function newRole({ input, caller, services, nowMs }: QueryCall<'iam', 'CreateRole'>, trust: BoundPolicy): RoleRecord {
  return {
    type: 'Role',
    principalId: identifier('AROA', services.random),
    accountId: caller.principal.accountId,
    roleName: input.RoleName,
    path: input.Path ?? '/',
    createdMs: nowMs,
    inline: {},
    attached: [],
    tags: mergedTags([], input.Tags, IGNORE_CASE),
    trust,
    description: input.Description ?? '',
    maxSessionSeconds: input.MaxSessionDuration ?? USUAL_SECONDS,
    ...(input.PermissionsBoundary !== undefined && { boundary: input.PermissionsBoundary }),
  }
}
