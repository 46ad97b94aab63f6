import type { AccessRequest } from '../access.ts'
import type { ConditionTrace, StatementTrace } from '../language/contract.ts'
import type { ConditionBlock, LayerTrace, PolicyLayer, SparingCondition } from './explanation.ts'

/** A request can have hundreds of pairs of context; a deny is copied for so many of them at most. */
const MOST_COPIES = 8

/** Their values never come back: an allow that is bound to them would allow nothing. */
const OF_THE_MOMENT = new Set([
  'aws:currenttime',
  'aws:epochtime',
  'aws:multifactorauthage',
  'aws:tokenissuetime',
  'aws:useragent',
])

/** Addresses are compared by operators of their own (IAM User Guide, "IP address condition operators"). */
const ADDRESSES = new Set(['aws:sourceip', 'aws:vpcsourceip'])

/** For what a service asks, and through which service a user does: without it, or for another, it is another request. */
const ON_BEHALF_OF = ['aws:SourceArn', 'kms:ViaService']

const PRINCIPAL_ARN = 'aws:PrincipalArn'

type Condition = readonly [operator: string, key: string, value: string | string[]]
type Pair = readonly [key: string, value: string]

/** The document that gets a statement. */
export interface Place {
  layer: PolicyLayer
  /** `undefined`: a new one. */
  policy: string | undefined
}

/**
 * What a proposed allow is bound to, so that it undoes no restriction that is there: every pair of the request's
 * encryption context, on whose behalf it was made, and the request's own value of each condition key by which an allow
 * of the same layer for this principal, action and resource holds back; where the statement would be about others too,
 * to the principal.
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

/** Whether a grant can be bound as a statement is: it cannot name a root alone, nor the service through which a user asks. */
export function canBeGranted({ principal, conditions }: AccessRequest): boolean {
  return principal.type !== 'Root' && conditions.get('kms:viaservice') === undefined
}

/** A document that others have too, or a root: to name it means the account, whose policies may let anybody of it in. */
function isAboutOthers({ principal }: AccessRequest, { layer, policy = '' }: Place): boolean {
  if (layer === 'resource policy') return principal.type === 'Root'
  return layer === 'permissions boundary' || (layer === 'session policy' && policy.startsWith('arn:'))
}

/**
 * The conditions by which a deny spares one principal, in this encryption context and on this behalf only. A statement
 * applies where all of its conditions hold, so each of these needs a copy of the statement: the copies spare what none of them is about.
 */
export function sparing(request: AccessRequest): SparingCondition[] {
  const principal = sparedPrincipal(request)
  if (principal === undefined) return []
  const pairs = requestPairs(request).slice(0, MOST_COPIES - 1)
  return [principal, ...pairs.map(([key, value]) => ({ StringNotEquals: { [key]: value } }))]
}

/** The condition that holds for all but the principal. Services have names and no ARNs. */
function sparedPrincipal({ principal, conditions }: AccessRequest): SparingCondition | undefined {
  const key = principal.type === 'Service' ? 'aws:PrincipalServiceName' : PRINCIPAL_ARN
  const [value] = conditions.get(key.toLowerCase()) ?? []
  if (value === undefined) return undefined
  // The path of a user or role may have any printable character: where one would be a wildcard, texts are compared.
  const isPlain = key === PRINCIPAL_ARN && !/[*?]|\$\{/.test(value)
  return isPlain ? { ArnNotEquals: { [key]: value } } : { StringNotEquals: { [key]: literal(value) } }
}

function principalPair({ conditions }: AccessRequest): Pair[] {
  const [value] = conditions.get(PRINCIPAL_ARN.toLowerCase()) ?? []
  return value === undefined ? [] : [[PRINCIPAL_ARN, literal(value)]]
}

/** What else of the request a condition can compare as text. */
function requestPairs({ encryptionContext = {}, conditions }: AccessRequest): Pair[] {
  const behalf = ON_BEHALF_OF.flatMap((key): Pair[] => {
    const [value] = conditions.get(key.toLowerCase()) ?? []
    return value === undefined ? [] : [[key, literal(value)]]
  })
  const context = Object.entries(encryptionContext)
  return [...behalf, ...context.map(([name, value]): Pair => [`kms:EncryptionContext:${name}`, literal(value)])]
}

/** A value as a policy has to write it: `${` would begin a policy variable (IAM User Guide, "Policy variables"). */
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
  // To Null a key without any value is absent, too.
  if (first === undefined) return [['Null', key, 'true']]
  if (ADDRESSES.has(key.toLowerCase())) return [['IpAddress', key, first]]
  if (others.length === 0) return [['StringEquals', key, literal(first)]]
  // ForAllValues holds without any value, too (IAM User Guide, "Single-valued vs. multivalued context keys").
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
