import type { AccessRequest, GrantConstraints, GrantParty } from '../access.ts'
import { grantOperation, type GrantTrace, isBoundByContext } from '../grants/match.ts'
import { isTooLarge } from '../grants/rules.ts'
import type { PolicyPrincipal } from '../language/contract.ts'
import { boundTo, canBeGranted, type Place, sparing } from './bound.ts'
import type { Edit, LayerTrace, PolicyLayer, PrincipalElement, StatementDocument } from './explanation.ts'

/**
 * Returns the edits that allow the request. Every applicable deny must exempt it, and every missing allow must be
 * added. An added allow covers only this action, resource, principal and encryption context. A narrowed deny exempts
 * the principal in this context from everything that its statement denies, because the policy language has no condition
 * on an action or a resource.
 */
export function smallestChange(
  request: AccessRequest,
  missing: readonly PolicyLayer[],
  layers: readonly LayerTrace[],
  grants: readonly GrantTrace[],
): Edit[] {
  const lifted = layers.flatMap((layer) => liftDenies(request, layer))
  const allows = missing.map((layer) => giveAllow(request, layer, layers, grants))
  const hasGrant = allows.some(({ kind }) => kind === 'create-grant')
  return [...lifted, ...(hasGrant ? allows.filter((edit) => !isIdentityAllow(edit)) : allows)]
}

/** A grant also replaces an allow in the identity's own policies, both across accounts and within one. */
function isIdentityAllow(edit: Edit): boolean {
  return edit.kind === 'add-statement' && edit.layer === 'identity policy'
}

function liftDenies(request: AccessRequest, { layer, policies }: LayerTrace): Edit[] {
  if (policies === 'absent') return []
  return policies.flatMap(({ name, statements }) =>
    statements
      .filter(({ effect, applies }) => effect === 'Deny' && applies)
      .map(({ statement }) => liftDeny(request, { layer, policy: name, statement })),
  )
}

/** A negated operator also holds if the key is absent, so it can exempt only requests that have the key. */
function liftDeny(
  request: AccessRequest,
  deny: Pick<Edit & { kind: 'remove-deny' }, 'layer' | 'policy' | 'statement'>,
): Edit {
  const conditions = sparing(request)
  return conditions.length > 0 ? { kind: 'narrow-deny', ...deny, conditions } : { kind: 'remove-deny', ...deny }
}

/**
 * Principals that already have grants on the key get another grant, if it can be as narrow as a statement. All others
 * get a statement.
 */
function giveAllow(
  request: AccessRequest,
  layer: PolicyLayer,
  layers: readonly LayerTrace[],
  grants: readonly GrantTrace[],
): Edit {
  const operation = grantOperation(request)
  const usesGrants = grants.some(({ key, grantee }) => key && (grantee === 'principal' || grantee === 'role'))
  const isNarrow = canBeGranted(request) && !isTooLarge(contextOf(request))
  return layer === 'resource policy' && operation !== undefined && usesGrants && isNarrow
    ? createGrant(request, operation)
    : addStatement(request, layer, layers)
}

function createGrant(request: AccessRequest, operation: string): Edit {
  const { principal, conditions } = request
  const context = contextOf(request)
  const { arn, principalId } = lastingPrincipal(principal)
  const hasId = principal.type === 'IAMUser' || principal.role !== undefined
  const grantee: GrantParty = hasId ? { arn, principalId } : { arn }
  const isBound = isBoundByContext(request) && Object.keys(context).length > 0
  const constraints: GrantConstraints = {
    ...(isBound && { encryptionContextEquals: context }),
    ...(principal.type === 'Service' && sourceConstraint(conditions.get('aws:sourcearn'))),
  }
  const isFree = Object.keys(constraints).length === 0
  return { kind: 'create-grant', grantee, operations: [operation], ...(isFree ? {} : { constraints }) }
}

function contextOf({ encryptionContext }: AccessRequest): Readonly<Record<string, string>> {
  return encryptionContext ?? {}
}

/** Services act on behalf of a resource. If the request names one, the grant must name it too. */
function sourceConstraint(values: readonly string[] | undefined): GrantConstraints {
  return values?.[0] === undefined ? {} : { sourceArn: values[0] }
}

function addStatement(request: AccessRequest, layer: PolicyLayer, layers: readonly LayerTrace[]): Edit {
  const policies = layers.find((trace) => trace.layer === layer)?.policies
  const policy = policies === 'absent' ? undefined : policies?.[0]?.name
  return {
    kind: 'add-statement',
    layer,
    policy,
    statement: { ...statementFor(request, layer), ...conditionFor(request, { layer, policy }, layers) },
  }
}

function statementFor(request: AccessRequest, layer: PolicyLayer): StatementDocument {
  const { principal, action, resource } = request
  const arn = lastingArn(resource) ?? '*'
  if (layer !== 'resource policy') return { Effect: 'Allow', Action: action, Resource: arn }
  // Trust policies have no Resource: they always apply to their role (IAM User Guide, "IAM JSON policy elements").
  const isTrustPolicy = arn.includes(':role/')
  return {
    Effect: 'Allow',
    Principal: principalElement(principal),
    Action: action,
    ...(!isTrustPolicy && { Resource: arn }),
  }
}

/** Returns the resource of an allow. For a key that the request creates, it is every key of the account and Region. */
export function lastingArn({ arn, isNew }: AccessRequest['resource']): string | undefined {
  return isNew ? arn?.replace(/:key\/.*$/, ':key/*') : arn
}

function conditionFor(
  request: AccessRequest,
  place: Place,
  layers: readonly LayerTrace[],
): Pick<StatementDocument, 'Condition'> {
  const { StringEquals, ...others } = boundTo(request, place, layers)
  const equal = { ...StringEquals, ...(request.principal.type === 'WebIdentity' && subjectCondition(request)) }
  const condition = { ...(Object.keys(equal).length > 0 && { StringEquals: equal }), ...others }
  return Object.keys(condition).length === 0 ? {} : { Condition: condition }
}

function principalElement(principal: PolicyPrincipal): PrincipalElement {
  if (principal.type === 'Service') return { Service: principal.arn }
  return principal.type === 'WebIdentity' ? { Federated: principal.arn } : { AWS: lastingPrincipal(principal).arn }
}

/** One provider issues tokens for many subjects. Only a condition on the subject identifies this one. */
function subjectCondition({ principal, conditions }: AccessRequest): Record<string, string> {
  const key = `${principal.arn.replace(/^.*:oidc-provider\//, '')}:sub`
  const [subject] = conditions.get(key.toLowerCase()) ?? []
  return subject === undefined ? {} : { [key]: subject }
}

/**
 * Returns the principal that an allow names. For a session it is the role, because the next session has another name.
 */
function lastingPrincipal(principal: PolicyPrincipal): { arn: string; principalId: string } {
  return principal.role ?? principal
}
