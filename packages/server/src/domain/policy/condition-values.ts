import type { Tag } from '../keys/record.ts'
import type { ConditionValues } from './language/contract.ts'
import { epochSeconds } from './language/values/instant.ts'
import { NO_ADDRESS, type OwnConditions, type RequestFacts, type ValueByDefault } from './request-facts.ts'

type Values = readonly string[] | undefined
type Compute = (facts: RequestFacts) => Values

/**
 * The condition keys of all requests and of requests about a key, in lower case. Condition keys of single operations
 * are declared with the operation. Sources: IAM User Guide, "AWS global condition context keys"; AWS KMS Developer
 * Guide, "AWS KMS condition keys".
 */
const KEYS: Readonly<Record<string, Compute>> = Object.freeze({
  // The principal. A service has a name and no ARN, so the ARN operators have no value to read.
  'aws:principalarn': ({ principal }) =>
    principal.type === 'Service' ? undefined : ofPrincipal(principal, arnOfPrincipal(principal)),
  'aws:principalaccount': ({ principal }) => ofPrincipal(principal, principal.accountId),
  'aws:principaltype': ({ principal }) => ofPrincipal(principal, PRINCIPAL_TYPES[principal.type]),
  'aws:principalisawsservice': ({ principal }) => flag(principal.type === 'Service'),
  'aws:principalservicename': ({ principal }) => (principal.type === 'Service' ? one(principal.arn) : undefined),
  'aws:principalservicenameslist': ({ principal }) => (principal.type === 'Service' ? [principal.arn] : undefined),
  'aws:userid': ({ principal }) =>
    principal.type === 'Service' ? undefined : ofPrincipal(principal, principal.principalId),
  'aws:username': ({ principal }) => one(principal.userName),
  'aws:tokenissuetime': ({ session }) => session && one(isoTime(session.issuedMs)),
  'aws:sourceidentity': ({ session }) => one(session?.sourceIdentity),
  'aws:federatedprovider': ({ principal, session }) =>
    one(principal.type === 'WebIdentity' ? principal.arn : session?.federatedProvider),
  // No request here uses MFA. Requests with long-term credentials do not have this key at all.
  'aws:multifactorauthpresent': ({ session }) => session && flag(false),

  // How and when the request was made.
  'aws:sourceip': ({ sourceIp, session }) =>
    session?.via || sourceIp === NO_ADDRESS ? undefined : one(withoutZone(sourceIp)),
  'aws:useragent': ({ userAgent }) => one(userAgent),
  'aws:securetransport': ({ secure }) => flag(secure),
  'aws:currenttime': ({ timeMs }) => one(isoTime(timeMs)),
  'aws:epochtime': ({ timeMs }) => one(epochSeconds(Math.floor(timeMs / 1000) * 1000)),
  'aws:requestedregion': ({ region }) => one(region),

  // The services in between. These come only from registered credentials, never from the request itself.
  'aws:viaawsservice': ({ session }) => flag(session?.via?.forwarded === true),
  'aws:calledvia': ({ session }) => forwardedBy(session),
  'aws:calledviafirst': ({ session }) => forwardedBy(session),
  'aws:calledvialast': ({ session }) => forwardedBy(session),
  'aws:sourcearn': ({ session }) => one(session?.via?.sourceArn),
  'aws:sourceaccount': ({ session }) => one(session?.via?.sourceAccount),
  'kms:viaservice': ({ about, session, region }) =>
    session?.via?.forwarded && about !== 'no key' ? one(viaService(session.via.service, region)) : undefined,
  'kms:grantisforawsresource': ({ about, session }) =>
    about === 'grants' ? flag(session?.via !== undefined) : undefined,
  'kms:calleraccount': ({ about, principal }) => (about !== 'no key' ? one(principal.accountId) : undefined),

  // The resource and the parameters.
  'aws:resourceaccount': ({ resourceAccountId }) => one(resourceAccountId),
  'aws:tagkeys': ({ input }) => tagKeys(input),
  'kms:keyspec': ({ key }) => one(key?.spec),
  'kms:customermasterkeyspec': ({ key }) => one(key?.spec),
  'kms:keyusage': ({ key }) => one(key?.usage),
  'kms:customermasterkeyusage': ({ key }) => one(key?.usage),
  'kms:keyorigin': ({ key }) => one(key?.origin),
  'kms:multiregion': ({ key }) => key && flag(key.multiRegion !== undefined),
  'kms:multiregionkeytype': ({ key }) => one(key?.multiRegion?.toUpperCase()),
  'kms:resourcealiases': ({ key }) => key?.aliases,
  'kms:requestalias': ({ requestAlias }) => one(requestAlias),
  'kms:encryptioncontextkeys': ({ encryptionContext }) => encryptionContext && Object.keys(encryptionContext),
})

/** The condition keys that belong to no family and to no single operation. */
export const COMMON_CONDITION_KEYS: readonly string[] = Object.freeze(Object.keys(KEYS))

type Entries = readonly (readonly [name: string, value: string])[]

/** Condition keys that end in a name that the caller chooses. */
interface Family {
  prefix: string
  entries(facts: RequestFacts): Entries
}

const FAMILIES: readonly Family[] = [
  { prefix: 'kms:encryptioncontext:', entries: ({ encryptionContext = {} }) => Object.entries(encryptionContext) },
  { prefix: 'aws:principaltag/', entries: ({ principalTags }) => tagEntries(principalTags) },
  { prefix: 'aws:resourcetag/', entries: ({ resourceTags }) => tagEntries(resourceTags) },
  // For tags of its resources, IAM also has a condition key of its own. KMS keys have no such key.
  { prefix: 'iam:resourcetag/', entries: ({ resourceTags, key }) => (key ? [] : tagEntries(resourceTags)) },
  { prefix: 'aws:requesttag/', entries: ({ input }) => tagEntries(requestTags(input)) },
]

/**
 * Returns the values of a request's condition keys. Each value is computed at most once, when a policy first uses it.
 */
export function conditionValues(facts: RequestFacts): ConditionValues {
  const families = new Map<Family, ReadonlyMap<string, readonly string[]>>()
  const ofFamily = (name: string): Values => {
    const family = FAMILIES.find(({ prefix }) => name.startsWith(prefix))
    if (family === undefined) return undefined
    const entries = families.get(family) ?? byLowerCase(family.entries(facts))
    families.set(family, entries)
    return entries.get(name.slice(family.prefix.length))
  }
  return {
    get: (name) => ownValue(facts, name) ?? commonValue(facts, name) ?? ofFamily(name),
    isByDefault: (name) => isByDefault(Object.hasOwn(facts.own, name) ? facts.own[name] : undefined),
  }
}

function ownValue({ own, session }: RequestFacts, name: string): Values {
  if (Object.hasOwn(own, name)) {
    const value = own[name]
    if (isByDefault(value)) return [value.byDefault]
    return typeof value === 'string' ? [value] : value
  }
  return session?.claims && Object.hasOwn(session.claims, name) ? session.claims[name] : undefined
}

function isByDefault(value: OwnConditions[string]): value is ValueByDefault {
  return typeof value === 'object' && 'byDefault' in value
}

function commonValue(facts: RequestFacts, name: string): Values {
  return Object.hasOwn(KEYS, name) ? KEYS[name]?.(facts) : undefined
}

const PRINCIPAL_TYPES = {
  Root: 'Account',
  IAMUser: 'User',
  AssumedRole: 'AssumedRole',
  FederatedUser: 'FederatedUser',
  Service: 'Service',
  WebIdentity: undefined,
} as const

/** For a role session, the ARN of the role; for a federated user, the ARN of the session. */
function arnOfPrincipal({ type, arn, role }: RequestFacts['principal']): string {
  return type === 'AssumedRole' ? (role?.arn ?? arn) : arn
}

/** A web identity is not yet a principal of an account, so it has no condition keys about the principal. */
function ofPrincipal({ type }: RequestFacts['principal'], value: string | undefined): Values {
  return type === 'WebIdentity' ? undefined : one(value)
}

function one(value: string | undefined): Values {
  return value === undefined ? undefined : [value]
}

function flag(value: boolean): Values {
  return [String(value)]
}

/**
 * Removes the zone from `fe80::1%eth0`. It is a local name for a network interface (RFC 4007, section 6), which
 * operators cannot read.
 */
function withoutZone(address: string): string {
  return address.replace(/%.*$/, '')
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString()
}

function forwardedBy(session: RequestFacts['session']): Values {
  return session?.via?.forwarded ? [session.via.service] : undefined
}

/** Converts `backup.amazonaws.com` to the format of kms:ViaService: `backup.eu-central-1.amazonaws.com`. */
function viaService(service: string, region: string): string {
  const [name = '', ...rest] = service.split('.')
  return [name, region, ...rest].join('.')
}

/** Groups the values by lower-case name. Names that differ only in case share one entry, with several values. */
function byLowerCase(entries: Entries): Map<string, readonly string[]> {
  const values = new Map<string, string[]>()
  for (const [name, value] of entries) {
    const known = values.get(name.toLowerCase())
    if (known === undefined) values.set(name.toLowerCase(), [value])
    else known.push(value)
  }
  return values
}

function tagEntries(tags: readonly Tag[] = []): Entries {
  return tags.map(({ TagKey, TagValue }) => [TagKey, TagValue] as const)
}

/** KMS names the members TagKey and TagValue; IAM and STS name them Key and Value. */
function requestTags({ Tags }: RequestFacts['input']): readonly Tag[] {
  if (!Array.isArray(Tags)) return []
  return (Tags as Partial<Record<string, string>>[]).map(({ TagKey, TagValue, Key, Value }) => ({
    TagKey: TagKey ?? Key ?? '',
    TagValue: TagValue ?? Value ?? '',
  }))
}

function tagKeys(input: RequestFacts['input']): Values {
  if (Array.isArray(input['TagKeys'])) return input['TagKeys'] as string[]
  return input['Tags'] === undefined ? undefined : requestTags(input).map(({ TagKey }) => TagKey)
}
