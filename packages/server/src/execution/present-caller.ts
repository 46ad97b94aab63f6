import type { Caller } from '../identity/accounts/caller.ts'
import { federatedPrincipal, nameOfFederated, userPrincipal } from '../identity/accounts/principals.ts'
import type { Services } from './services.ts'

/**
 * The request as its user would send it now, who may have been renamed since: the policies of now, and whatever means the
 * caller by name, go by the present one. The former one may be somebody else's.
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
