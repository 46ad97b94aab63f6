import type { PolicyReference } from '../../../domain/policy/policy-reference.ts'
import { identifier } from '../../../identity/accounts/identifiers.ts'
import type { BoundPolicy } from '../../../domain/policy/bound-policy.ts'
import { type RoleRecord, principalTable } from '../../../vault/records/principal.ts'
import { type QueryCall, queryOperation } from '../../../execution/define.ts'
import { attach, referenceTo } from '../policies/attachments.ts'
import { boundaryFault, newBoundaryCondition } from '../policies/boundaries.ts'
import { neededToMake } from '../needed.ts'
import { addEntity } from '../new-entity.ts'
import { wholeRole } from './role-view.ts'
import { IGNORE_CASE, mergedTags, tagFault } from '../tags.ts'
import { acceptedTrust } from './trust-policy.ts'

/** Source: IAM API Reference, CreateRole, MaxSessionDuration: one hour by default. */
const USUAL_SECONDS = 3600

export const createRole = queryOperation<'iam', 'CreateRole'>('iam', {
  name: 'CreateRole',
  summary: 'Creates a role with a trust policy that defines which principals can assume it.',
  readOnly: false,
  afterRollback: 'again where nothing is missing',
  documents: ['AssumeRolePolicyDocument'],
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
    const boundary =
      input.PermissionsBoundary === undefined
        ? undefined
        : await referenceTo(input.PermissionsBoundary, { how: 'boundary', kind: 'role' }, call)
    const record = newRole(call, { trust: await acceptedTrust(input.AssumeRolePolicyDocument, services), boundary })
    await addEntity({ kind: 'role', entityId: record.principalId, name: record.roleName }, principalTable, record, call)
    if (boundary) await attach(boundary, { how: 'boundary', kind: 'role', entityId: record.principalId }, call)
    return { Role: await wholeRole(record, services.directory) }
  },
})

function newRole(
  { input, caller, services, nowMs }: QueryCall<'iam', 'CreateRole'>,
  { trust, boundary }: { trust: BoundPolicy; boundary: PolicyReference | undefined },
): RoleRecord {
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
    ...(boundary && { boundary }),
  }
}
