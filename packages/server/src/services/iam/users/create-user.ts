import type { PolicyReference } from '../../../domain/policy/policy-reference.ts'
import { type UserRecord, principalTable } from '../../../vault/records/principal.ts'
import { identifier } from '../../../identity/accounts/identifiers.ts'
import { type QueryCall, queryOperation } from '../../../execution/define.ts'
import { attach, referenceTo } from '../policies/attachments.ts'
import { boundaryFault, newBoundaryCondition } from '../policies/boundaries.ts'
import { neededToMake } from '../needed.ts'
import { addEntity } from '../new-entity.ts'
import { IGNORE_CASE, mergedTags, tagFault } from '../tags.ts'
import { wholeUser } from '../views.ts'

export const createUser = queryOperation<'iam', 'CreateUser'>('iam', {
  name: 'CreateUser',
  summary: 'Creates a user.',
  readOnly: false,
  afterRollback: 'again where nothing is missing',
  audit: { request: ['UserName', 'Path', 'PermissionsBoundary', 'Tags'], response: ['User'] },

  check: (input) => boundaryFault(input) ?? tagFault(input.Tags, IGNORE_CASE),

  needs(input, context) {
    const place = { kind: 'user', path: input.Path, name: input.UserName } as const
    const create = neededToMake('CreateUser', place, context, newBoundaryCondition(input))
    return input.Tags?.length ? [create, neededToMake('TagUser', place, context)] : [create]
  },

  async run(call) {
    const { PermissionsBoundary } = call.input
    const boundary =
      PermissionsBoundary === undefined
        ? undefined
        : await referenceTo(PermissionsBoundary, { how: 'boundary', kind: 'user' }, call)
    const record = newUser(call, boundary)
    await addEntity({ kind: 'user', entityId: record.principalId, name: record.userName }, principalTable, record, call)
    if (boundary) await attach(boundary, { how: 'boundary', kind: 'user', entityId: record.principalId }, call)
    return { User: await wholeUser(record, call.services.directory) }
  },
})

function newUser(
  { input, caller, services, nowMs }: QueryCall<'iam', 'CreateUser'>,
  boundary: PolicyReference | undefined,
): UserRecord {
  return {
    type: 'IAMUser',
    principalId: identifier('AIDA', services.random),
    accountId: caller.principal.accountId,
    userName: input.UserName,
    path: input.Path ?? '/',
    createdMs: nowMs,
    inline: {},
    attached: [],
    tags: mergedTags([], input.Tags, IGNORE_CASE),
    groups: [],
    ...(boundary && { boundary }),
  }
}
