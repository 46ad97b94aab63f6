import { assumedRoleArn, type FederatedUser, federatedUserArn, principalArn, rootArn } from './entity-arns.ts'
import type { Caller, Principal } from './caller.ts'
import type { PrincipalRecord, RoleRecord, ServiceRecord, UserRecord } from '../../vault/records/principal.ts'

/** The principal of a record and, for a role, the name of its session. */
type Owner = Pick<Caller, 'principal' | 'identityId'>

/** A user as a caller. */
export function userPrincipal(user: UserRecord): Owner {
  const { principalId, accountId, userName } = user
  return {
    principal: { type: 'IAMUser', principalId, accountId, userName, arn: principalArn(user) },
    identityId: principalId,
  }
}

/** A session of a role as a caller. */
export function rolePrincipal(role: RoleRecord, sessionName: string): Owner {
  const { accountId, roleName, principalId } = role
  const principal: Principal = {
    type: 'AssumedRole',
    principalId: `${principalId}:${sessionName}`,
    accountId,
    arn: assumedRoleArn({ accountId, roleName, sessionName }),
    role: { arn: principalArn(role), principalId },
  }
  return { principal, identityId: principalId }
}

/** A session of a user that GetFederationToken created with another name. */
export function federatedPrincipal(user: UserRecord, name: string): Owner {
  const { accountId, principalId } = user
  const principal: Principal = {
    ...federatedName({ accountId, name }),
    role: { arn: principalArn(user), principalId },
  }
  return { principal, identityId: principalId }
}

/** Returns the name that was chosen for the session of a federated user. */
export function nameOfFederated({ principalId, accountId }: Principal): string {
  return principalId.slice(accountId.length + 1)
}

/** The principal of a federated user, independent of the user who requested the session. */
export function federatedName({ accountId, name }: FederatedUser): Principal {
  return {
    type: 'FederatedUser',
    principalId: `${accountId}:${name}`,
    accountId,
    arn: federatedUserArn({ accountId, name }),
  }
}

/** A service as a caller. */
export function servicePrincipal({ principalId, accountId }: ServiceRecord): Owner {
  return { principal: { type: 'Service', principalId, accountId, arn: principalId } }
}

/** The root of an account as a caller. */
export function rootPrincipal(accountId: string): Owner {
  return { principal: { type: 'Root', principalId: accountId, accountId, arn: rootArn(accountId) } }
}

/** Returns the principal of a long-term access key, or `undefined` for a role, which has none. */
export function keyOwner(record: PrincipalRecord): Owner | undefined {
  if (record.type === 'Role' || isDisabled(record)) return undefined
  return record.type === 'Service' ? servicePrincipal(record) : userPrincipal(record)
}

/** Returns whether an operator has disabled it, which is possible only for services. */
export function isDisabled(record: PrincipalRecord): boolean {
  return record.type === 'Service' && record.disabled === true
}
