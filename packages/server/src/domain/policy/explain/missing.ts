import type { AccessRequest } from '../access.ts'
import type { Evidence } from '../evidence.ts'
import { isMemberOfAccount, isOutOfReach, ownsResource } from '../ownership.ts'
import type { PolicyLayer } from './explanation.ts'

/**
 * Returns the layers in which an allow is missing, for the way to allow the request that needs the fewest, or
 * `undefined` if there is no way. The ways are those of decide(). A change that follows them respects the limits of the
 * principal wherever the resource's side already allows in some way.
 */
export function missingAllows(request: AccessRequest, evidence: Evidence): PolicyLayer[] | undefined {
  const missing = missingOnTheWay(request, evidence)
  return request.resource.isByGrants && missing?.includes('resource policy') ? undefined : missing
}

function missingOnTheWay(request: AccessRequest, evidence: Evidence): PolicyLayer[] | undefined {
  if (isOutOfReach(request) || evidence.exhausted) return undefined
  const hasPolicy = typeof request.resource.policy === 'object'
  if (!isMemberOfAccount(request.principal)) return hasPolicy ? missingForOutsider(evidence) : undefined
  if (isNameAlone(request)) return hasPolicy && ownsResource(request) ? missingForOutsider(evidence) : undefined
  if (!ownsResource(request)) return hasPolicy ? missingAcrossAccounts(request, evidence) : undefined
  return hasPolicy ? missingOnResourceSide(request, evidence) : missingOnIdentitySide(request, evidence)
}

/**
 * A federated user known only by name, not the user who requested the session. Only a policy that contains
 * the name can allow anything.
 */
function isNameAlone({ principal }: AccessRequest): boolean {
  return principal.type === 'FederatedUser' && principal.role === undefined
}

function missingForOutsider({ principal }: Evidence): PolicyLayer[] {
  return principal ? [] : ['resource policy']
}

function missingAcrossAccounts(request: AccessRequest, evidence: Evidence): PolicyLayer[] {
  if (evidence.grant) return missingLimits(request, evidence)
  const resourceAllows = evidence.principal ?? evidence.role ?? evidence.account
  return [...(resourceAllows ? [] : (['resource policy'] as const)), ...missingOnIdentitySide(request, evidence)]
}

/**
 * An added allow names the role of a session, because sessions are short-lived. So the layers that limit the role must
 * allow the request too.
 */
function missingOnResourceSide(request: AccessRequest, evidence: Evidence): PolicyLayer[] {
  if (evidence.principal) return []
  if (evidence.role) return missingLimits(request, evidence)
  if (evidence.account) return missingOnIdentitySide(request, evidence)
  return ['resource policy', ...(request.principal.role ? missingLimits(request, evidence) : [])]
}

function missingOnIdentitySide(request: AccessRequest, evidence: Evidence): PolicyLayer[] {
  const needsPolicy = !evidence.identity && request.principal.type !== 'Root'
  return [...(needsPolicy ? (['identity policy'] as const) : []), ...missingLimits(request, evidence)]
}

function missingLimits({ identity }: AccessRequest, { boundary, session }: Evidence): PolicyLayer[] {
  return [
    ...(identity.boundary && !boundary ? (['permissions boundary'] as const) : []),
    ...(identity.session && !session ? (['session policy'] as const) : []),
  ]
}
