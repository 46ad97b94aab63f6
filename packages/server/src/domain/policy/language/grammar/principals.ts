import { parseArn } from '@keyhold/protocol'
import type { PrincipalElement, PrincipalKind, PrincipalName } from '../document.ts'
import type { Place } from './place.ts'

type Named = Pick<PrincipalName, 'kind' | 'accountId' | 'partition'>

/** The format of each type of principal. Source: IAM User Guide, "Principal". */
const TYPES: Readonly<Record<string, (text: string) => Named | undefined>> = {
  AWS: readAws,
  Service: (text) => (HOST.test(text) ? { kind: 'service' } : undefined),
  Federated: (text) => (PROVIDER.test(text) || HOST.test(text) ? { kind: 'federated' } : undefined),
  CanonicalUser: (text) => (CANONICAL_USER.test(text) ? { kind: 'canonical-user' } : undefined),
}

const HOST = /^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$/
const PROVIDER = /^arn:aws[a-z-]*:iam::\d{12}:(oidc|saml)-provider\/[^\s*?]+$/
const CANONICAL_USER = /^[0-9a-f]{64}$/
const ACCOUNT = /^\d{12}$/
const UNIQUE_ID = /^(AIDA|AROA)[A-Z0-9]{12,124}$/
const PARTITION = /^aws[a-z-]*$/

/**
 * What can follow the fifth colon, by service. Wildcards are not allowed: only `*` alone matches more than one
 * principal.
 */
const AWS_RESOURCES: readonly { service: string; resource: RegExp; kind: PrincipalKind }[] = [
  { service: 'iam', resource: /^root$/, kind: 'account' },
  { service: 'iam', resource: /^user\/[\w+=,.@/-]+$/, kind: 'user' },
  { service: 'iam', resource: /^role\/[\w+=,.@/-]+$/, kind: 'role' },
  { service: 'sts', resource: /^assumed-role\/[\w+=,.@-]+\/[\w+=,.@-]+$/, kind: 'session' },
  { service: 'sts', resource: /^federated-user\/[\w+=,.@-]+$/, kind: 'federated-user' },
]

/** Returns whether a principal is named by its unique id, which IAM shows instead of a deleted user or role. */
export function isUniqueId(text: string): boolean {
  return UNIQUE_ID.test(text)
}

/** Parses Principal, or NotPrincipal with `not`. `whenEmpty` is the error message for an element without names. */
export function parsePrincipals(place: Place, not: boolean, whenEmpty: string): PrincipalElement {
  const { value, path } = place
  if (value === '*') return { not, names: [{ kind: 'everyone', text: value, path }] }
  if (typeof value === 'string') throw place.malformed('Must be "*" or an object', value)
  const types = place.membersNamed(Object.keys(TYPES))
  if (types.size === 0) throw place.malformed(whenEmpty)
  const names = [...types].flatMap(([type, texts]) => texts.strings(whenEmpty).map(([, one]) => readName(type, one)))
  return { not, names }
}

function readName(type: string, place: Place): PrincipalName {
  const text = place.string()
  const named = TYPES[type]?.(text)
  if (named === undefined) throw place.malformed('Not a valid principal', text)
  return { ...named, text, path: place.path }
}

function readAws(text: string): Named | undefined {
  if (text === '*') return { kind: 'every-aws-principal' }
  if (ACCOUNT.test(text)) return { kind: 'account', accountId: text }
  return isUniqueId(text) ? { kind: 'id' } : readAwsArn(text)
}

function readAwsArn(text: string): Named | undefined {
  const arn = parseArn(text)
  if (arn === undefined || !PARTITION.test(arn.partition) || arn.region !== '' || !ACCOUNT.test(arn.account)) {
    return undefined
  }
  const form = AWS_RESOURCES.find(({ service, resource }) => service === arn.service && resource.test(arn.resource))
  return form && { kind: form.kind, accountId: arn.account, partition: arn.partition }
}
