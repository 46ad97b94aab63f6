import type { AccessRequest } from './access.ts'
import type { PolicyPrincipal } from './language/contract.ts'

/** Whether the principal's account owns the resource. What nobody can name, nobody owns. */
export function ownsResource({ principal, resource }: Pick<AccessRequest, 'principal' | 'resource'>): boolean {
  return resource.arn !== undefined && resource.accountId === principal.accountId
}

/**
 * Whether the principal is one of its account's own: has policies there, and is meant where the account is named. Others
 * have nothing but their name: services, and web identities that have not assumed a role yet.
 */
export function isMemberOfAccount({ type }: PolicyPrincipal): boolean {
  return type !== 'Service' && type !== 'WebIdentity'
}

/** Whether no policy and no grant can allow this: the operation is for the resource's own account, and this is another. */
export function isOutOfReach(request: Pick<AccessRequest, 'acrossAccounts' | 'principal' | 'resource'>): boolean {
  return !request.acrossAccounts && !ownsResource(request)
}
