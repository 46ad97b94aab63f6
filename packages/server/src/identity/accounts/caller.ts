import type { WebIdentity } from '../../domain/policy/request-facts.ts'
import type { Tag } from '../../domain/keys/record.ts'
import type { PolicyReference } from '../../domain/policy/policy-reference.ts'
import type { PolicyPrincipal } from '../../domain/policy/language/contract.ts'

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

export type { WebIdentity } from '../../domain/policy/request-facts.ts'

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
