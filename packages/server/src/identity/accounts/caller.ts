import type { WebIdentity } from '../../domain/policy/request-facts.ts'
import type { Tag } from '../../domain/keys/record.ts'
import type { PolicyReference } from '../../domain/policy/policy-reference.ts'
import type { PolicyPrincipal } from '../../domain/policy/language/contract.ts'

/** The principal that signed a request, as authentication found it. */
export interface Principal extends PolicyPrincipal {
  /** Only for users. */
  userName?: string
}

/** The origin of an authenticated request: the principal, its access key, and the scope of its signature. */
export interface Caller {
  principal: Principal
  /** Empty for web identities, which have none yet. */
  accessKeyId: string
  /** For a stored long-term access key: the epoch in its record at the time of authentication. */
  accessKeyEpoch?: number
  region: string
  service: string
  /** The user or role whose policies apply; `undefined` for roots and services, which have none. */
  identityId?: string
  /** Only for temporary credentials. */
  session?: Session
  /** Only for principals of type WebIdentity. */
  webIdentity?: WebIdentity
}

export type { WebIdentity } from '../../domain/policy/request-facts.ts'

/** The content of a session token, without its principal. */
export interface Session {
  issuedMs: number
  expiresMs: number
  /**
   * The texts of session policies that were passed as text. A session without session policies of either kind is not
   * limited.
   */
  policies?: readonly string[]
  /** The managed policies that are session policies. Their current texts apply. */
  managedPolicies?: readonly PolicyReference[]
  /** The session's tags, which override those of the role. */
  tags: readonly Tag[]
  /** Keys of the tags that are passed on to sessions started from this one. */
  transitiveTagKeys: readonly string[]
  sourceIdentity?: string
  /** The OIDC provider of the caller's token, if there is one. */
  federated?: Pick<WebIdentity, 'provider' | 'claims'>
  /** Only for actions of a registered service. Nothing in a request sets it. */
  via?: ViaService
  /**
   * The long-term access keys that it was created with, directly or through other sessions. Empty for web identities,
   * and unknown for sessions of earlier builds.
   */
  madeWith?: readonly UsedAccessKey[]
}

/** A long-term access key as it was when a session was created with it. */
export interface UsedAccessKey {
  accessKeyId: string
  /** The epoch in its record. When the record's epoch differs, the session has ended. */
  epoch: number
}

/** A registered service that acts for a user or for itself. */
export interface ViaService {
  /** `backup.amazonaws.com` */
  service: string
  /** Whether it forwards a user's request. */
  forwarded: boolean
  sourceArn?: string
  sourceAccount?: string
}

/** The account and Region of a caller's own resources. */
export function placeOf({ principal, region }: Caller): { accountId: string; region: string } {
  return { accountId: principal.accountId, region }
}
