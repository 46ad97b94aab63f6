import { assumedRoleArn, federatedUserArn, principalArn, rootArn } from './entity-arns.ts'
import type { Caller, Principal } from './caller.ts'
import type { PrincipalRecord, RoleRecord, ServiceRecord, UserRecord } from '../../vault/records/principal.ts'

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

/** A session of a user that GetFederationToken made under another name. */
export function federatedPrincipal(user: UserRecord, name: string): Owner {
  const { accountId, principalId } = user
  const principal: Principal = {
    ...federatedName(accountId, name),
    role: { arn: principalArn(user), principalId },
  }
  return { principal, identityId: principalId }
}

/** The name that was chosen for the session of a federated user. */
export function nameOfFederated({ principalId, accountId }: Principal): string {
  return principalId.slice(accountId.length + 1)
}

/** How a federated user is named, whichever user called for them. */
export function federatedName(accountId: string, name: string): Principal {
  return {
    type: 'FederatedUser',
    principalId: `${accountId}:${name}`,
    accountId,
    arn: federatedUserArn(accountId, name),
  }
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
