import type { Tag } from '../keys/record.ts'
import type { PolicyReference } from '../authorization/policy-reference.ts'
import type { PolicyPrincipal } from '../authorization/policy/contract.ts'

/** Who signed a request, as authentication found it. */
export interface Principal extends PolicyPrincipal {
  /** Only of users. */
  userName?: string
}

/** An authenticated request's origin: the principal, the access key it used, and the scope it signed for. */
export interface Caller {
  principal: Principal
  /** Empty for web identities, which have none yet. */
  accessKeyId: string
  /** Of a long-term access key that was made here: as of its record when the request was authenticated. */
  accessKeyEpoch?: number
  region: string
  service: string
  /** The user or role whose policies apply; `undefined` for roots and services, which have none. */
  identityId?: string
  /** Only of temporary credentials. */
  session?: Session
  /** Only of principals of type WebIdentity. */
  webIdentity?: WebIdentity
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

/** What a session token says beside whose it is. */
export interface Session {
  issuedMs: number
  expiresMs: number
  /** The texts of the session policies that came as text. A session without any of either kind is not limited. */
  policies?: readonly string[]
  /** The managed policies that are session policies; their texts are those of the moment of use. */
  managedPolicies?: readonly PolicyReference[]
  /** Set when the session was made; they go over the tags of the role. */
  tags: readonly Tag[]
  /** Keys of those tags that sessions made from this one inherit. */
  transitiveTagKeys: readonly string[]
  sourceIdentity?: string
  /** Who vouched for the caller, where that was an OIDC issuer. */
  federated?: Pick<WebIdentity, 'provider' | 'claims'>
  /** Only of what a registered service does: nothing that a request says sets it. */
  via?: ViaService
  /**
   * The long-term access keys that it was made with, directly or through other sessions. None of a web identity's, and
   * unknown of sessions of earlier builds.
   */
  madeWith?: readonly UsedAccessKey[]
}

/** A long-term access key as it was when a session was made with it. */
export interface UsedAccessKey {
  accessKeyId: string
  /** As of its record: once that is another, the session has ended. */
  epoch: number
}

/** A registered service that acts, for a user or for itself. */
export interface ViaService {
  /** `backup.amazonaws.com` */
  service: string
  /** Whether a user's request stands behind it. */
  forwarded: boolean
  sourceArn?: string
  sourceAccount?: string
}

/** The account and region of which a caller's own resources are. */
export function placeOf({ principal, region }: Caller): { accountId: string; region: string } {
  return { accountId: principal.accountId, region }
}
