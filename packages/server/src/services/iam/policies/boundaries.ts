import { parseArn, queryError, type ServiceError } from '@keyhold/protocol'
import type { OwnConditions } from '../../../domain/policy/request-facts.ts'
import { type AnyOperation, queryOperation } from '../../../execution/define.ts'
import { attach, detach, referenceTo } from './attachments.ts'
import { changeEntity } from '../entities.ts'
import { entityIn, type Family, needsOn, ROLES, USERS } from '../families.ts'
import { boundaryCondition } from '../needed.ts'

type Bounded = Family<'user'> | Family<'role'>

function put(family: Bounded): AnyOperation {
  const name = `Put${family.title}PermissionsBoundary` as 'PutUserPermissionsBoundary'
  return queryOperation<'iam', 'PutUserPermissionsBoundary'>('iam', {
    name,
    summary: `Sets a managed policy as the permissions boundary of a ${family.kind}.`,
    readOnly: false,
    afterRollback: 'again',
    audit: { request: [family.member, 'PermissionsBoundary'], response: [] },
    check: boundaryFault,
    needs: needsOn(name, family, (_record, input) => newBoundaryCondition(input)),
    async run(call) {
      const entity = await entityIn<'user' | 'role'>(family, call)
      const { id, value } = entity.entry
      const boundary = await referenceTo(call.input.PermissionsBoundary, { how: 'boundary', kind: family.kind }, call)
      if (value.boundary?.arn === boundary.arn && value.boundary.id === boundary.id) return undefined
      const holder = { how: 'boundary', kind: family.kind, entityId: id } as const
      // A boundary from an earlier build has only the ARN: its policy already counts it.
      const isBound = value.boundary?.arn === boundary.arn && value.boundary.id === undefined
      if (!isBound) await attach(boundary, holder, call)
      if (!isBound && value.boundary !== undefined) await detach(value.boundary, holder, call)
      changeEntity(entity, { boundary }, call)
      return undefined
    },
  })
}

function remove(family: Bounded): AnyOperation {
  const name = `Delete${family.title}PermissionsBoundary` as 'DeleteUserPermissionsBoundary'
  return queryOperation<'iam', 'DeleteUserPermissionsBoundary'>('iam', {
    name,
    summary: `Deletes the permissions boundary of a ${family.kind}.`,
    readOnly: false,
    afterRollback: 'again where nothing is missing',
    audit: { request: [family.member], response: [] },
    needs: needsOn(name, family, boundaryCondition),
    async run(call) {
      const entity = await entityIn<'user' | 'role'>(family, call)
      const { id, value } = entity.entry
      if (value.boundary === undefined) throw noBoundary(family, entity.name.value.name)
      await detach(value.boundary, { how: 'boundary', kind: family.kind, entityId: id }, call)
      changeEntity(entity, { boundary: undefined }, call)
      return undefined
    },
  })
}

/** Checks the parameter of operations that set a boundary. Returns an error if it is not an ARN. */
export function boundaryFault({ PermissionsBoundary }: { PermissionsBoundary?: string }): ServiceError | undefined {
  if (PermissionsBoundary === undefined || parseArn(PermissionsBoundary)) return undefined
  return queryError('InvalidInput', `ARN ${PermissionsBoundary} is not valid.`)
}

/** iam:PermissionsBoundary: the boundary in the request, if there is one. */
export function newBoundaryCondition(input: { PermissionsBoundary?: string }): OwnConditions {
  return { 'iam:permissionsboundary': input.PermissionsBoundary }
}

function noBoundary({ kind }: Bounded, name: string): ServiceError {
  return queryError('NoSuchEntity', `The ${kind} with name ${name} has no permissions boundary.`)
}

/** The operations for permissions boundaries of users and roles. */
export const BOUNDARY_OPERATIONS: readonly AnyOperation[] = [USERS, ROLES].flatMap((family) => [
  put(family),
  remove(family),
])
