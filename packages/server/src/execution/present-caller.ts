import type { Caller } from '../identity/accounts/caller.ts'
import { federatedPrincipal, nameOfFederated, userPrincipal } from '../identity/accounts/principals.ts'
import type { Services } from './services.ts'

/**
 * Returns the request with the current name of its user, who can have been renamed: the current policies, and
 * everything that names the caller, use the current name. The former name can belong to another user.
 */
export async function underPresentName<R extends { caller: Caller }>(
  request: R,
  { directory }: Pick<Services, 'directory'>,
): Promise<R> {
  const { principal, identityId } = request.caller
  if (identityId === undefined || principal.type === 'AssumedRole') return request
  const user = (await directory.principal(identityId))?.value
  if (user?.type !== 'IAMUser') return request
  const isFederated = principal.type === 'FederatedUser'
  const owner = isFederated ? federatedPrincipal(user, nameOfFederated(principal)) : userPrincipal(user)
  const isAsBefore = owner.principal.arn === principal.arn && owner.principal.role?.arn === principal.role?.arn
  return isAsBefore ? request : { ...request, caller: { ...request.caller, ...owner } }
}
