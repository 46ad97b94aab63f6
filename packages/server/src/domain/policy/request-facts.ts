import type { Tag } from '../keys/record.ts'
import type { PolicyPrincipal } from './language/contract.ts'
import type { PolicyReference } from './policy-reference.ts'

/**
 * All that the condition keys of one request are computed from. Plain data, so that an audit record can keep what of it
 * cannot be found again, and explanations and replays compute the same values later.
 */
export interface RequestFacts {
  /** What is decided, with its service: `kms:Decrypt`. Of one request, some actions have condition keys that others lack. */
  action: string
  principal: PolicyPrincipal & { userName?: string }
  /** Of the user or role, with the session's over them. */
  principalTags: readonly Tag[]
  session?: SessionFacts
  sourceIp: string
  userAgent: string
  /** Whether the request came over TLS. */
  secure: boolean
  timeMs: number
  /** The region that was called. */
  region: string
  /** Members of the decoded input, under their names on the wire. */
  input: Readonly<Record<string, unknown>>
  /** What the request's encryption context is, where the operation has one. */
  encryptionContext?: Readonly<Record<string, string>>
  /** The account that owns the resource. */
  resourceAccountId?: string
  /** Tags of the key, user, role or policy that is acted on. */
  resourceTags?: readonly Tag[]
  key?: KeyFacts
  /** The alias by which the key was called, if it was. */
  requestAlias?: string
  /** The grants that the request's grant tokens name, on whichever keys. No record has the tokens themselves. */
  tokenGrants?: readonly { keyId: string; region: string; grantId: string }[]
  /** Condition keys that only this operation has, in lower case; `undefined` for those this request lacks. */
  own: OwnConditions
}

/** Condition keys in lower case, with their value or values. */
export type OwnConditions = Readonly<Record<string, OwnValue | readonly string[]>>

/** What a parameter of the request says, or stands for; `undefined` where it is absent and has no default. */
export type OwnValue = string | ValueByDefault | undefined

/** The value of a parameter that the request leaves to its default: compared like any other, and absent to `Null`. */
export interface ValueByDefault {
  byDefault: string
}

/** What a parameter says, or else its default. */
export function saidOr(said: string | number | boolean | undefined, usual: string | undefined): OwnValue {
  if (said !== undefined) return String(said)
  return usual === undefined ? undefined : { byDefault: usual }
}

/** What temporary credentials say. */
export interface SessionFacts {
  issuedMs: number
  /** The texts of its session policies. No condition key asks for them: they are kept for whoever decides again. */
  policies?: readonly string[]
  /** The managed policies that limit it, kept for the same. */
  managedPolicies?: readonly PolicyReference[]
  /** The same, in records of earlier builds. */
  policyArns?: readonly string[]
  /** Its own tags, which go over those of the role; in {@link RequestFacts.principalTags} they are merged. */
  tags?: readonly Tag[]
  sourceIdentity?: string
  federatedProvider?: string
  /** Condition keys that an OIDC issuer's claims became. */
  claims?: Readonly<Record<string, readonly string[]>>
  via?: { service: string; forwarded: boolean; sourceArn?: string; sourceAccount?: string }
}

/** What a policy can ask about a key. */
export interface KeyFacts {
  spec: string
  usage: string
  origin: string
  multiRegion?: 'primary' | 'replica'
  /** Only where a policy asks for them. */
  aliases?: readonly string[]
}

/** What an OIDC issuer's token said, once it was verified and found to be meant for a provider of the account. */
export interface WebIdentity {
  /** As the token has it: `https://issuer.example.com`. */
  issuer: string
  /** The provider's ARN. */
  provider: string
  subject: string
  audience: string
  /** Condition keys in lower case, `<provider>:sub` among them, with their values. */
  claims: Readonly<Record<string, readonly string[]>>
  /** What the token makes a part of the session, once the role's trust policy allows it. */
  tags: readonly Tag[]
  transitiveTagKeys: readonly string[]
  sourceIdentity?: string
}
