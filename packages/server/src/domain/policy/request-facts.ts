import type { Tag } from '../keys/record.ts'
import type { ActionRules } from './action-rules.ts'
import type { PolicyPrincipal } from './language/contract.ts'
import type { PolicyReference } from './policy-reference.ts'

/**
 * The source address of a client that came through a Unix socket. No condition of a policy sees it: `aws:SourceIp` is
 * absent, as for requests that AWS's services make.
 */
export const NO_ADDRESS = 'unix'

/**
 * Everything that the condition keys of one request are computed from. Plain data: audit records store the parts that
 * cannot be looked up again, and explanations and replays compute the same values later.
 */
export interface RequestFacts {
  /** Which condition keys of KMS the action has. One request can need several actions. */
  about: ActionRules['about']
  principal: PolicyPrincipal & { userName?: string }
  /** Tags of the user or role; session tags override them. */
  principalTags: readonly Tag[]
  session?: SessionFacts
  /** The client's IP address; {@link NO_ADDRESS} if it has none. */
  sourceIp: string
  userAgent: string
  /** Whether the request came over TLS. */
  secure: boolean
  timeMs: number
  /** The Region of the called endpoint. */
  region: string
  /** Members of the decoded input, by their names in the API. */
  input: Readonly<Record<string, unknown>>
  /** The request's encryption context, if the operation has one. */
  encryptionContext?: Readonly<Record<string, string>>
  /** The account that owns the resource. */
  resourceAccountId?: string
  /** Tags of the key, user, role or policy that the request acts on. */
  resourceTags?: readonly Tag[]
  key?: KeyFacts
  /** The alias in the request, if it names the key by one. */
  requestAlias?: string
  /** The grants of the request's grant tokens, on any key. No record contains the tokens themselves. */
  tokenGrants?: readonly { keyId: string; region: string; grantId: string }[]
  /** Condition keys of this operation alone, in lower case; `undefined` for those that this request lacks. */
  own: OwnConditions
}

/** Condition keys in lower case, with their value or values. */
export type OwnConditions = Readonly<Record<string, OwnValue | readonly string[]>>

/** The value of a parameter, or its default; `undefined` if it is absent and has no default. */
export type OwnValue = string | ValueByDefault | undefined

/**
 * The default value of a parameter that the request omits. It is compared like any other value, and is absent for
 * `Null`.
 */
export interface ValueByDefault {
  byDefault: string
}

/** Returns the value of a parameter, or else its default. */
export function saidOr(said: string | number | boolean | undefined, usual: string | undefined): OwnValue {
  if (said !== undefined) return String(said)
  return usual === undefined ? undefined : { byDefault: usual }
}

/** The properties of temporary credentials. */
export interface SessionFacts {
  issuedMs: number
  /**
   * The texts of its session policies. They belong to no condition key, and are kept so that the request can be decided
   * again.
   */
  policies?: readonly string[]
  /** The managed policies that limit the session, kept for the same purpose. */
  managedPolicies?: readonly PolicyReference[]
  /** The same, in records of earlier builds. */
  policyArns?: readonly string[]
  /** The session's own tags, which override those of the role. {@link RequestFacts.principalTags} has both merged. */
  tags?: readonly Tag[]
  sourceIdentity?: string
  federatedProvider?: string
  /** Condition keys from the claims of an OIDC token. */
  claims?: Readonly<Record<string, readonly string[]>>
  via?: { service: string; forwarded: boolean; sourceArn?: string; sourceAccount?: string }
}

/** The properties of a key that policies can use. */
export interface KeyFacts {
  spec: string
  usage: string
  origin: string
  multiRegion?: 'primary' | 'replica'
  /** Only if a policy uses them. */
  aliases?: readonly string[]
}

/** The content of an OIDC token that was verified, and whose issuer and audience match a provider of the account. */
export interface WebIdentity {
  /** As in the token: `https://issuer.example.com`. */
  issuer: string
  /** The provider's ARN. */
  provider: string
  subject: string
  audience: string
  /** Condition keys in lower case with their values, including `<provider>:sub`. */
  claims: Readonly<Record<string, readonly string[]>>
  /** What the token adds to the session, if the role's trust policy allows it. */
  tags: readonly Tag[]
  transitiveTagKeys: readonly string[]
  sourceIdentity?: string
}
