import type { AccessRequest, Basis, GrantBasis, NamedPolicy, StatementBasis } from './access.ts'
import { grantAllows } from './grants/match.ts'
import type { AllowedAs, PolicyRequest, StatementReference } from './language/contract.ts'
import { Work } from './language/patterns/work.ts'

/** What all documents and grants say of one request; nothing is weighed yet. */
export interface Evidence {
  /** The first explicit deny: of the resource policy, then identity policies, boundary, session policies. */
  deny: StatementBasis | undefined
  /** What allows the principal itself, or everybody, on the resource's side: its policy, else a grant. */
  principal: Basis | undefined
  /** What allows the role behind the session, on the resource's side. */
  role: Basis | undefined
  /** What allows the principal's whole account, on the resource's side. */
  account: Basis | undefined
  /** A grant to the principal itself, or else to the role behind the session, whatever the policy says beside it. */
  grant: { to: 'principal' | 'role'; basis: GrantBasis } | undefined
  /** What allows on the side of the identity. */
  identity: StatementBasis | undefined
  boundary: StatementBasis | undefined
  session: StatementBasis | undefined
  /** It was more work than one decision may be: nothing of the above is certain. */
  exhausted: boolean
}

/** Asks every document: as an explicit deny wins wherever it stands, none can be left out because another has allowed. */
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

/** The request as statements see it. A resource that nobody can name is matched only by statements about all of them. */
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

/** The resource's side: its policy, and the grants, which exist beside a policy only (AWS KMS: of keys). */
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

/** The first allow of several documents of one layer; every one of them may deny. */
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

/** What one document of the identity's side allows; its deny is added to the evidence. */
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
