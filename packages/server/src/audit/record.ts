import type { PolicyPrincipal } from '../domain/policy/language/contract.ts'
import type { SessionFacts, WebIdentity } from '../domain/policy/request-facts.ts'

/**
 * The stored form of one audited request, with the inputs of its decision. CloudTrail JSON is generated from it
 * (cloudtrail.ts). It cannot contain a secret: operations list the members that can be logged, and the compiler rejects
 * Secret members in that list.
 */
export interface AuditRecord {
  eventId: string
  /** For a change: its number among all changes ever committed to the database. The relay adds it (relay.ts). */
  sequence?: number
  requestId: string
  /** Milliseconds since the epoch. */
  timeMs: number
  /** `call`: a request; `service`: an action without a request (scheduled deletion, an operator's command). */
  kind: 'call' | 'service'
  /** The signing name of the service that was called: `kms`, `iam`, `sts` or `keyhold`. */
  service: string
  operation: string
  region: string
  /** The account the record belongs to. */
  accountId: string
  caller?: AuditCaller
  /** The operator who acted on the data folder itself, with the root of trust and not by a request. */
  operator?: AuditOperator
  sourceIp: string
  userAgent: string
  /** Absent in records of earlier builds, without TLS, and in records of several requests. */
  tls?: AuditTls
  readOnly: boolean
  /** The members of the request that can be logged, as in the API. */
  request?: Record<string, unknown>
  /**
   * Members of {@link request} that have their default because the caller omitted them. Absent in records of earlier
   * builds.
   */
  unsaid?: string[]
  /** The members of the response that can be logged, as in the API. */
  response?: Record<string, unknown>
  /**
   * CloudTrail's additionalEventData, such as the id of the key material; for an action of the service, its
   * serviceEventDetails.
   */
  additional?: Record<string, unknown>
  resources: AuditResource[]
  error?: { code: string; message?: string }
  decision?: AuditDecision
  /**
   * The record represents several requests that were refused for the same reason; {@link requestId} and times are those
   * of the last one.
   */
  counted?: CountedRequests
  /** Content that was too large to store. */
  cut?: CutText[]
}

/** The TLS connection of the caller. */
export interface AuditTls {
  version: string
  cipherSuite: string
  keyExchange?: string
  /** The `Host` header that the caller sent. */
  host?: string
}

/** How many requests were refused after the first of their kind, which has its own record. */
export interface CountedRequests {
  count: number
  firstTimeMs: number
  lastTimeMs: number
  first: { requestId: string; eventId: string }
}

/** A member that was cut from the record because it was too large. The beginning of `error.message` is kept. */
export interface CutText {
  /** Its path in the record, such as `request.ResourceArns`. */
  member: string
  /** The length of its JSON text without spaces, in bytes of UTF-8. */
  bytes: number
  /** The hash of that text, in hex. */
  sha256: string
}

/** The calling principal. */
export interface AuditCaller {
  type: PolicyPrincipal['type']
  principalId: string
  /** For a web identity, the ARN of its provider. */
  arn: string
  accountId: string
  /** Empty for web identities, which have none. */
  accessKeyId: string
  /** For a web identity, the subject of its token. */
  userName?: string
  /** The role behind a session. */
  role?: { arn: string; principalId: string }
  /** Only for temporary credentials. */
  session?: AuditSession
}

/** The session behind temporary credentials. */
export interface AuditSession {
  issuedMs: number
  sourceIdentity?: string
  /** The ARN of the OIDC provider of the token that the session was issued for. */
  federatedProvider?: string
  /** The service that acts for the caller. */
  invokedBy?: string
}

/** The operator of the data folder. */
export interface AuditOperator {
  /** The operating system's name of the user who ran the command. */
  user: string
}

/** A resource of the request. */
export interface AuditResource {
  accountId: string
  type: 'AWS::KMS::Key' | 'AWS::KMS::Alias' | 'AWS::IAM::Role'
  arn: string
}

/** The decision, with the layer and the inputs that led to it. */
export interface AuditDecision extends KeptFacts {
  allowed: boolean
  reason: string
  /** Absent in records of version 0.1, like the members below. */
  action?: string
  /** The resource's ARN or `*`. Absent for a ciphertext whose key is unknown. */
  resource?: string
  /** The decisive statements or grants. */
  basis?: readonly object[]
}

/** Inputs of the decision that are nowhere else in the record and can change, for explanations and replays. */
export interface KeptFacts {
  principalTags?: readonly { TagKey: string; TagValue: string }[]
  session?: SessionFacts
  resourceTags?: readonly { TagKey: string; TagValue: string }[]
  aliases?: readonly string[]
  requestAlias?: string
  /**
   * For requests about several keys: aliases by the operation's name for each key. `requestAlias` has the alias of a
   * single key.
   */
  requestAliases?: Readonly<Record<string, string>>
  tokenGrants?: readonly { keyId: string; region: string; grantId: string }[]
  secure?: boolean
  /** The claims in the token of a web identity. */
  webIdentity?: WebIdentity
}
