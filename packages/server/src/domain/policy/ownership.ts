import type { AccessRequest } from './access.ts'
import type { PolicyPrincipal } from './language/contract.ts'

/** Returns whether the principal's account owns the resource. An unknown resource has no owner. */
export function ownsResource({ principal, resource }: Pick<AccessRequest, 'principal' | 'resource'>): boolean {
  return resource.arn !== undefined && resource.accountId === principal.accountId
}

/**
 * Returns whether the principal is a member of its account: it has policies there, and a policy that names the account
 * applies to it. Services, and web identities before they assume a role, are not members.
 */
export function isMemberOfAccount({ type }: PolicyPrincipal): boolean {
  return type !== 'Service' && type !== 'WebIdentity'
}

/**
 * Returns whether no policy and no grant can allow the request, because the operation works only within the resource's
 * own account and the principal belongs to another.
 */
export function isOutOfReach(request: Pick<AccessRequest, 'acrossAccounts' | 'principal' | 'resource'>): boolean {
  return !request.acrossAccounts && !ownsResource(request)
}
