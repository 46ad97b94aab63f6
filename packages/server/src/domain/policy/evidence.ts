import type { AccessRequest, Basis, GrantBasis, NamedPolicy, StatementBasis } from './access.ts'
import { grantAllows } from './grants/match.ts'
import type { AllowedAs, PolicyRequest, StatementReference } from './language/contract.ts'
import { Work } from './language/patterns/work.ts'

/** The results of all policies and grants for one request, before they are weighed. */
export interface Evidence {
  /** The first explicit deny, in this order: resource policy, identity policies, boundary, session policies. */
  deny: StatementBasis | undefined
  /** On the resource's side, what allows the principal itself or all principals: the policy, or else a grant. */
  principal: Basis | undefined
  /** On the resource's side, what allows the role behind the session. */
  role: Basis | undefined
  /** On the resource's side, what allows the principal's whole account. */
  account: Basis | undefined
  /** A grant to the principal itself, or else to the role behind the session, whatever the policy says. */
  grant: { to: 'principal' | 'role'; basis: GrantBasis } | undefined
  /** On the identity's side, what allows the request. */
  identity: StatementBasis | undefined
  boundary: StatementBasis | undefined
  session: StatementBasis | undefined
  /** The evaluation exceeded its limit, so none of the above is certain. */
  exhausted: boolean
}

/** Evaluates every policy. None can be skipped after an allow, because an explicit deny in any of them wins. */
export function gather(request: AccessRequest, work = new Work()): Evidence {
  const { identity, resource } = request
  const evidence = nothing()
  const asked = policyRequest(request)
  if (typeof resource.policy === 'object') askResource(resource.policy, request, asked, evidence, work)
  evidence.identity = askAll('identity policy', identity.policies, asked, evidence, work)
  if (identity.boundary) evidence.boundary = ask('permissions boundary', identity.boundary, asked, evidence, work)
  if (identity.session) evidence.session = askAll('session policy', identity.session, asked, evidence, work)
  evidence.exhausted = work.exhausted
  return evidence
}

/**
 * Returns the request as statements see it. A resource without a known ARN matches only statements about all resources.
 */
export function policyRequest({ principal, identity, action, resource, conditions }: AccessRequest): PolicyRequest {
  const hasBoundary = identity.boundary !== undefined
  return { principal, hasBoundary, action, resource: resource.arn ?? '*', conditions }
}

function nothing(): Evidence {
  return {
    deny: undefined,
    principal: undefined,
    role: undefined,
    account: undefined,
    grant: undefined,
    identity: undefined,
    boundary: undefined,
    session: undefined,
    exhausted: false,
  }
}

/** Evaluates the resource's side: its policy, and the grants. Only keys, which have a policy, have grants. */
function askResource(
  { name, policy }: NamedPolicy,
  request: AccessRequest,
  asked: PolicyRequest,
  evidence: Evidence,
  work: Work,
): void {
  const { deny, allow } = policy.evaluate(asked, work)
  if (deny) evidence.deny = said('resource policy', name, deny)
  if (allow.principal) evidence.principal = said('resource policy', name, allow.principal)
  if (allow.role) evidence.role = said('resource policy', name, allow.role)
  if (allow.account) evidence.account = said('resource policy', name, allow.account)
  const granted: Partial<Record<AllowedAs, GrantBasis>> = {}
  for (const grant of request.grants) {
    const how = grantAllows(grant, request)
    if (how) granted[how] ??= { layer: 'grant', grantId: grant.grantId }
  }
  evidence.principal ??= granted.principal
  evidence.role ??= granted.role
  evidence.account ??= granted.account
  if (granted.principal) evidence.grant = { to: 'principal', basis: granted.principal }
  else if (granted.role) evidence.grant = { to: 'role', basis: granted.role }
}

/** Returns the first allow among several policies of one layer. Any of them can deny. */
function askAll(
  layer: StatementBasis['layer'],
  policies: readonly NamedPolicy[],
  asked: PolicyRequest,
  evidence: Evidence,
  work: Work,
): StatementBasis | undefined {
  let allow: StatementBasis | undefined
  for (const policy of policies) {
    const found = ask(layer, policy, asked, evidence, work)
    allow ??= found
  }
  return allow
}

/** Returns what one policy of the identity's side allows, and adds its deny to the evidence. */
function ask(
  layer: StatementBasis['layer'],
  { name, policy }: NamedPolicy,
  asked: PolicyRequest,
  evidence: Evidence,
  work: Work,
): StatementBasis | undefined {
  const { deny, allow } = policy.evaluate(asked, work)
  if (deny) evidence.deny ??= said(layer, name, deny)
  return allow.principal && said(layer, name, allow.principal)
}

function said(layer: StatementBasis['layer'], policy: string, statement: StatementReference): StatementBasis {
  return { layer, policy, statement }
}
