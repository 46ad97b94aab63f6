import type { AccessRequest, GrantConstraints, GrantParty } from '../access.ts'
import { grantOperation, takesEncryptionContext } from '../grants/operations.ts'
import type { GrantTrace } from '../grants/match.ts'
import { isTooLarge } from '../grants/rules.ts'
import type { PolicyPrincipal } from '../policy/contract.ts'
import type {
  Edit,
  LayerTrace,
  PolicyLayer,
  PrincipalElement,
  SparingCondition,
  StatementDocument,
} from './explanation.ts'

/**
 * The edits that allow the request: every deny that applies has to spare it, and every missing allow has to be given.
 * No edit allows more than this action, on this resource, to this principal.
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

/** A grant takes the place of an allow of the identity's own policies too, across accounts as within one. */
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

/** A negated operator holds where the key is absent, so only a request that has the key can be spared by it. */
function liftDeny(
  request: AccessRequest,
  deny: Pick<Edit & { kind: 'remove-deny' }, 'layer' | 'policy' | 'statement'>,
): Edit {
  const condition = sparing(request)
  return condition ? { kind: 'narrow-deny', ...deny, condition } : { kind: 'remove-deny', ...deny }
}

/** The condition that holds for everybody but the principal. Services have names and no ARNs. */
function sparing({ principal, conditions }: AccessRequest): SparingCondition | undefined {
  const key = principal.type === 'Service' ? 'aws:PrincipalServiceName' : 'aws:PrincipalArn'
  const [value] = conditions.get(key.toLowerCase()) ?? []
  if (value === undefined) return undefined
  return key === 'aws:PrincipalArn' ? { ArnNotEquals: { [key]: value } } : { StringNotEquals: { [key]: value } }
}

/** Whoever already has grants on the key gets another one, if its constraint can hold the context; all others, a statement. */
function giveAllow(
  request: AccessRequest,
  layer: PolicyLayer,
  layers: readonly LayerTrace[],
  grants: readonly GrantTrace[],
): Edit {
  const operation = grantOperation(request.action)
  const usesGrants = grants.some(({ key, grantee }) => key && (grantee === 'principal' || grantee === 'role'))
  return layer === 'resource policy' && operation !== undefined && usesGrants && !isTooLarge(contextOf(request))
    ? createGrant(request, operation)
    : addStatement(request, layer, layers)
}

function createGrant(request: AccessRequest, operation: string): Edit {
  const { principal, conditions } = request
  const context = contextOf(request)
  const { arn, principalId } = lastingPrincipal(principal)
  const hasId = principal.type === 'IAMUser' || principal.type === 'AssumedRole'
  const grantee: GrantParty = hasId ? { arn, principalId } : { arn }
  const isBound = takesEncryptionContext(operation) && Object.keys(context).length > 0
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

/** Services act for a resource, which a grant to them must name where the request does. */
function sourceConstraint(values: readonly string[] | undefined): GrantConstraints {
  return values?.[0] === undefined ? {} : { sourceArn: values[0] }
}

function addStatement(request: AccessRequest, layer: PolicyLayer, layers: readonly LayerTrace[]): Edit {
  const policies = layers.find((trace) => trace.layer === layer)?.policies
  const policy = policies === 'absent' ? undefined : policies?.[0]?.name
  return { kind: 'add-statement', layer, policy, statement: statementFor(request, layer) }
}

function statementFor(request: AccessRequest, layer: PolicyLayer): StatementDocument {
  const { principal, action, resource } = request
  const arn = lastingArn(resource) ?? '*'
  if (layer !== 'resource policy') return { Effect: 'Allow', Action: action, Resource: arn }
  // Trust policies have no Resource: they are always about their role (IAM User Guide, "IAM JSON policy elements").
  const isTrustPolicy = arn.includes(':role/')
  return {
    Effect: 'Allow',
    Principal: principalElement(principal),
    Action: action,
    ...(!isTrustPolicy && { Resource: arn }),
    ...(principal.type === 'WebIdentity' && subjectCondition(request)),
  }
}

/** What an allow is about: instead of the key that one request makes, every key of its account and Region. */
export function lastingArn({ arn, isNew }: AccessRequest['resource']): string | undefined {
  return isNew ? arn?.replace(/:key\/.*$/, ':key/*') : arn
}

function principalElement(principal: PolicyPrincipal): PrincipalElement {
  if (principal.type === 'Service') return { Service: principal.arn }
  return principal.type === 'WebIdentity' ? { Federated: principal.arn } : { AWS: lastingPrincipal(principal).arn }
}

/** A provider vouches for many: only the condition on the subject means this one. */
function subjectCondition({ principal, conditions }: AccessRequest): Pick<StatementDocument, 'Condition'> {
  const key = `${principal.arn.replace(/^.*:oidc-provider\//, '')}:sub`
  const [subject] = conditions.get(key.toLowerCase()) ?? []
  return subject === undefined ? {} : { Condition: { StringEquals: { [key]: subject } } }
}

/** Whom an allow names: of a session its role, as the next session has another name. */
function lastingPrincipal(principal: PolicyPrincipal): { arn: string; principalId: string } {
  return principal.role ?? principal
}
