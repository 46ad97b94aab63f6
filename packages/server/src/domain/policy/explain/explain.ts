import type { AccessRequest, NamedPolicy } from '../access.ts'
import { decide } from '../decide.ts'
import { gather, policyRequest } from '../evidence.ts'
import { traceGrant } from '../grants/match.ts'
import type { PolicyRequest } from '../language/contract.ts'
import { lastingArn, smallestChange } from './change.ts'
import type { Explanation, LayerTrace, PolicyLayer } from './explanation.ts'
import { missingAllows } from './missing.ts'
import { nearestMiss } from './nearest.ts'

/**
 * Explains why a request is decided as it is, and which change would allow it. For operators: it reveals what denials
 * hide.
 */
export function explain(request: AccessRequest): Explanation {
  const layers = traceLayers(request)
  const grants = request.grants.map((grant) => traceGrant(grant, request))
  const missing = missingAllows(request, gather(request))
  const nearest = nearestMiss(missing ?? [], layers, grants)
  return {
    principal: request.principal.arn,
    action: request.action,
    resource: lastingArn(request.resource),
    decision: decide(request),
    layers,
    grants,
    ...(nearest && { nearest }),
    change: missing && smallestChange(request, missing, layers, grants),
  }
}

function traceLayers(request: AccessRequest): LayerTrace[] {
  const { identity, resource } = request
  const asked = policyRequest(request)
  return [
    traceLayer('resource policy', typeof resource.policy === 'object' ? [resource.policy] : undefined, asked),
    traceLayer('identity policy', identity.policies, asked),
    traceLayer('permissions boundary', identity.boundary && [identity.boundary], asked),
    traceLayer('session policy', identity.session, asked),
  ]
}

function traceLayer(
  layer: PolicyLayer,
  policies: readonly NamedPolicy[] | undefined,
  asked: PolicyRequest,
): LayerTrace {
  const traced = policies?.map(({ name, policy }) => ({ name, statements: policy.trace(asked) }))
  return { layer, policies: traced ?? 'absent' }
}
