import type { PolicyPrincipal } from '../domain/policy/language/contract.ts'
import type { SessionFacts, WebIdentity } from '../domain/policy/request-facts.ts'

/**
 * The stored form of one audited request: internal, with the inputs of the decision. CloudTrail JSON is a rendering
 * of it (cloudtrail.ts). Holds no secret by construction: operations name what may be logged, and the compiler keeps
 * Secret members out of that list.
 */
export interface AuditRecord {
  eventId: string
  /** Of a change: its place among all that were ever committed to the database. The relay adds it (relay.ts). */
  sequence?: number
  requestId: string
  /** Milliseconds since the epoch. */
  timeMs: number
  /** `call`: a request; `service`: something that no request asked for (deletion by schedule, an operator's command). */
  kind: 'call' | 'service'
  /** The signing name of the service that was called: `kms`, `iam`, `sts` or `keyhold`. */
  service: string
  operation: string
  region: string
  /** The account the record belongs to. */
  accountId: string
  caller?: AuditCaller
  /** Who did it in the data folder itself, with the root of trust in hand and not through a request. */
  operator?: AuditOperator
  sourceIp: string
  userAgent: string
  readOnly: boolean
  /** Allow-listed members of the request, as on the wire. */
  request?: Record<string, unknown>
  /** Members of {@link request} that were left to their defaults. Absent in records of earlier builds. */
  unsaid?: string[]
  /** Allow-listed members of the answer, as on the wire. */
  response?: Record<string, unknown>
  /** CloudTrail's additionalEventData, such as the key material's id; of what the service did, its serviceEventDetails. */
  additional?: Record<string, unknown>
  resources: AuditResource[]
  error?: { code: string; message?: string }
  decision?: AuditDecision
  /** The record tells of several requests that were refused alike; {@link requestId} and times are the last one's. */
  counted?: CountedRequests
  /** What was too large to keep. */
  cut?: CutText[]
}

/** How often a request was refused again after the first of its kind, which has a record of its own. */
export interface CountedRequests {
  count: number
  firstTimeMs: number
  lastTimeMs: number
  first: { requestId: string; eventId: string }
}

/** A member that the record would have had, and lacks because it was too large. Of `error.message` the beginning is kept. */
export interface CutText {
  /** Its path in the record, such as `request.ResourceArns`. */
  member: string
  /** Length of its JSON text without spaces, in bytes of UTF-8. */
  bytes: number
  /** Of that text, in hex. */
  sha256: string
}

export interface AuditCaller {
  type: PolicyPrincipal['type']
  principalId: string
  /** Of a web identity, its provider's. */
  arn: string
  accountId: string
  /** Empty for web identities, which have none. */
  accessKeyId: string
  /** Of a web identity, the subject of its token. */
  userName?: string
  /** The role behind a session. */
  role?: { arn: string; principalId: string }
  /** Only of temporary credentials. */
  session?: AuditSession
}

export interface AuditSession {
  issuedMs: number
  sourceIdentity?: string
  /** The ARN of the OIDC provider that vouched for whoever got the session. */
  federatedProvider?: string
  /** The service that acts for the caller. */
  invokedBy?: string
}

export interface AuditOperator {
  /** The name that the operating system has for whoever ran the command. */
  user: string
}

export interface AuditResource {
  accountId: string
  type: 'AWS::KMS::Key' | 'AWS::KMS::Alias' | 'AWS::IAM::Role'
  arn: string
}

/** What was decided, by which layer, and from what. */
export interface AuditDecision extends KeptFacts {
  allowed: boolean
  reason: string
  /** Absent in records of version 0.1, as is the rest. */
  action?: string
  /** The resource's ARN or `*`; absent for a ciphertext whose key is unknown. */
  resource?: string
  /** The statements or grants that decided. */
  basis?: readonly object[]
}

/** Inputs of the decision that are nowhere else in the record and may change: for explanations and replays. */
export interface KeptFacts {
  principalTags?: readonly { TagKey: string; TagValue: string }[]
  session?: SessionFacts
  resourceTags?: readonly { TagKey: string; TagValue: string }[]
  aliases?: readonly string[]
  requestAlias?: string
  /** Of requests about several keys, by the operation's names for them, which `requestAlias` has of one alone. */
  requestAliases?: Readonly<Record<string, string>>
  tokenGrants?: readonly { keyId: string; region: string; grantId: string }[]
  secure?: boolean
  /** What the token of a web identity said. */
  webIdentity?: WebIdentity
}
