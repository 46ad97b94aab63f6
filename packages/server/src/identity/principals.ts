import { assumedRoleArn, principalArn, rootArn } from './entity-arns.ts'
import type { Caller, Principal } from './caller.ts'
import type { PrincipalRecord, RoleRecord, ServiceRecord, UserRecord } from './records.ts'

/** Whom a record, and the name of a session where it is a role's, makes its caller. */
type Owner = Pick<Caller, 'principal' | 'identityId'>

export function userPrincipal(user: UserRecord): Owner {
  const { principalId, accountId, userName } = user
  return {
    principal: { type: 'IAMUser', principalId, accountId, userName, arn: principalArn(user) },
    identityId: principalId,
  }
}

export function rolePrincipal(role: RoleRecord, sessionName: string): Owner {
  const { accountId, roleName, principalId } = role
  const principal: Principal = {
    type: 'AssumedRole',
    principalId: `${principalId}:${sessionName}`,
    accountId,
    arn: assumedRoleArn(accountId, roleName, sessionName),
    role: { arn: principalArn(role), principalId },
  }
  return { principal, identityId: principalId }
}

export function servicePrincipal({ principalId, accountId }: ServiceRecord): Owner {
  return { principal: { type: 'Service', principalId, accountId, arn: principalId } }
}

export function rootPrincipal(accountId: string): Owner {
  return { principal: { type: 'Root', principalId: accountId, accountId, arn: rootArn(accountId) } }
}

/** The principal behind a long-term access key, which no role has. */
export function keyOwner(record: PrincipalRecord): Owner | undefined {
  if (record.type === 'Role' || isDisabled(record)) return undefined
  return record.type === 'Service' ? servicePrincipal(record) : userPrincipal(record)
}

/** Whether an operator has stopped it, as can be done to services. */
export function isDisabled(record: PrincipalRecord): boolean {
  return record.type === 'Service' && record.disabled === true
}
