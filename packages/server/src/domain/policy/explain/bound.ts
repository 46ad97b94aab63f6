import type { AccessRequest } from '../access.ts'
import type { ConditionTrace, StatementTrace } from '../language/contract.ts'
import type { ConditionBlock, LayerTrace, PolicyLayer, SparingCondition } from './explanation.ts'

/** A request can have hundreds of context pairs. A deny statement is copied for at most this many of them. */
const MOST_COPIES = 8

/** Condition keys whose values never recur: an allow bound to them would allow nothing. */
const OF_THE_MOMENT = new Set([
  'aws:currenttime',
  'aws:epochtime',
  'aws:multifactorauthage',
  'aws:tokenissuetime',
  'aws:useragent',
])

/** Addresses have their own operators (IAM User Guide, "IP address condition operators"). */
const ADDRESSES = new Set(['aws:sourceip', 'aws:vpcsourceip'])

/**
 * The resource that a service acts for, and the service that a user goes through. A different value means a different
 * request.
 */
const ON_BEHALF_OF = ['aws:SourceArn', 'kms:ViaService']

const PRINCIPAL_ARN = 'aws:PrincipalArn'

type Condition = readonly [operator: string, key: string, value: string | string[]]
type Pair = readonly [key: string, value: string]

/** The policy that gets a statement. */
export interface Place {
  layer: PolicyLayer
  /** `undefined` for a new policy. */
  policy: string | undefined
}

/**
 * Returns the conditions of a proposed allow, so that it lifts no existing restriction: every pair of the request's
 * encryption context, on whose behalf the request was made, and the request's own value of each condition key that
 * restricts an allow of the same layer for this principal, action and resource. If the statement would apply to others
 * too, it is also bound to the principal.
 */
export function boundTo(request: AccessRequest, place: Place, layers: readonly LayerTrace[]): ConditionBlock {
  const principal = isAboutOthers(request, place) ? principalPair(request) : []
  const own = [...principal, ...requestPairs(request)]
  const pairs = own.map(([key, value]): Condition => ['StringEquals', key, value])
  const named = new Set(pairs.map(([, key]) => key.toLowerCase()))
  const others = new Map<string, Condition[]>()
  for (const { key, found } of heldBackBy(place.layer, layers)) {
    const name = key.toLowerCase()
    if (!named.has(name) && !OF_THE_MOMENT.has(name)) others.set(name, asRequested(key, found))
  }
  return toBlock([...pairs, ...[...others.values()].flat()])
}

/**
 * Whether a grant can be as narrow as a statement. A grant cannot name only a root, nor the service that a user goes
 * through.
 */
export function canBeGranted({ principal, conditions }: AccessRequest): boolean {
  return principal.type !== 'Root' && conditions.get('kms:viaservice') === undefined
}

/**
 * Whether others share the policy, or the principal is a root: naming a root means the account, whose policies can let
 * any of its principals in.
 */
function isAboutOthers({ principal }: AccessRequest, { layer, policy = '' }: Place): boolean {
  if (layer === 'resource policy') return principal.type === 'Root'
  return layer === 'permissions boundary' || (layer === 'session policy' && policy.startsWith('arn:'))
}

/**
 * Returns the conditions that exempt one principal from a deny, in this encryption context and on this behalf only. A
 * statement applies if all its conditions hold, so each of these needs its own copy of the statement. Together the
 * copies deny everything except requests that all of them exempt.
 */
export function sparing(request: AccessRequest): SparingCondition[] {
  const principal = sparedPrincipal(request)
  if (principal === undefined) return []
  const pairs = requestPairs(request).slice(0, MOST_COPIES - 1)
  return [principal, ...pairs.map(([key, value]) => ({ StringNotEquals: { [key]: value } }))]
}

/** The condition that holds for all principals but this one. Services have names and no ARNs. */
function sparedPrincipal({ principal, conditions }: AccessRequest): SparingCondition | undefined {
  const key = principal.type === 'Service' ? 'aws:PrincipalServiceName' : PRINCIPAL_ARN
  const [value] = conditions.get(key.toLowerCase()) ?? []
  if (value === undefined) return undefined
  // The path of a user or role can contain any printable character. If one would be a wildcard, a string operator is
  // used.
  const isPlain = key === PRINCIPAL_ARN && !/[*?]|\$\{/.test(value)
  return isPlain ? { ArnNotEquals: { [key]: value } } : { StringNotEquals: { [key]: literal(value) } }
}

function principalPair({ conditions }: AccessRequest): Pair[] {
  const [value] = conditions.get(PRINCIPAL_ARN.toLowerCase()) ?? []
  return value === undefined ? [] : [[PRINCIPAL_ARN, literal(value)]]
}

/** The other parts of the request that a condition can compare as strings. */
function requestPairs({ encryptionContext = {}, conditions }: AccessRequest): Pair[] {
  const behalf = ON_BEHALF_OF.flatMap((key): Pair[] => {
    const [value] = conditions.get(key.toLowerCase()) ?? []
    return value === undefined ? [] : [[key, literal(value)]]
  })
  const context = Object.entries(encryptionContext)
  return [...behalf, ...context.map(([name, value]): Pair => [`kms:EncryptionContext:${name}`, literal(value)])]
}

/** A value as a policy must write it: `${` would start a policy variable (IAM User Guide, "Policy variables"). */
function literal(value: string): string {
  return value.replaceAll('${', '${$}{')
}

function heldBackBy(layer: PolicyLayer, layers: readonly LayerTrace[]): ConditionTrace[] {
  const policies = layers.find((trace) => trace.layer === layer)?.policies
  if (policies === undefined || policies === 'absent') return []
  return policies
    .flatMap(({ statements }) => statements.filter(onlyConditionsFail))
    .flatMap((trace) => trace.conditions)
    .filter(({ key }) => key !== '')
}

function onlyConditionsFail({ effect, applies, principal, action, resource }: StatementTrace): boolean {
  return effect === 'Allow' && !applies && principal !== false && action && resource
}

function asRequested(key: string, found: readonly string[] | undefined): Condition[] {
  const [first, ...others] = found ?? []
  // For Null, a key without values is absent too.
  if (first === undefined) return [['Null', key, 'true']]
  if (ADDRESSES.has(key.toLowerCase())) return [['IpAddress', key, first]]
  if (others.length === 0) return [['StringEquals', key, literal(first)]]
  // ForAllValues also holds without any value (IAM User Guide, "Single-valued vs. multivalued context keys").
  return [
    ['ForAllValues:StringEquals', key, [first, ...others].map(literal)],
    ['Null', key, 'false'],
  ]
}

function toBlock(conditions: readonly Condition[]): ConditionBlock {
  return conditions.reduce<ConditionBlock>(
    (block, [operator, key, value]) => ({ ...block, [operator]: { ...block[operator], [key]: value } }),
    {},
  )
}
