/**
 * What STS demands of input values beyond their wire type, from the public service model (API version 2011-06-15) and,
 * where that is silent, from the API reference.
 */
import { between } from './constraints.ts'
import type { ConstraintTable } from './constraints.ts'

const arn = between(
  20,
  2048,
  String.raw`[\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u10000-\u10FFFF]+`,
)
const sessionName = between(2, 64, String.raw`[\w+=,.@-]*`)
const tagKey = between(1, 128, String.raw`[\p{L}\p{Z}\p{N}_.:/=+\-@]+`)

const MEMBERS: ConstraintTable['members'] = {
  RoleArn: arn,
  RoleSessionName: sessionName,
  SourceIdentity: sessionName,
  ExternalId: between(2, 1224, String.raw`[\w+=,.@:\/-]*`),
  DurationSeconds: between(900, 43_200),
  'GetSessionTokenRequest.DurationSeconds': between(900, 129_600),
  'GetFederationTokenRequest.DurationSeconds': between(900, 129_600),
  Name: between(2, 32, String.raw`[\w+=,.@-]*`),
  MinimumSessionTokenSize: between(0, 4096),
  // For AssumeRole the model has no maximum; the API reference of both operations has this one.
  Policy: between(1, 2048, String.raw`[\u0009\u000A\u000D\u0020-\u00FF]+`),
  arn,
  AccessKeyId: between(16, 128, String.raw`[\w]*`),
  EncodedMessage: between(1, 10_240),

  // Multi-factor authentication
  SerialNumber: between(9, 256, String.raw`[\w+=/:,.@-]*`),
  TokenCode: between(6, 6, String.raw`[\d]*`),

  // Web identity and context
  WebIdentityToken: between(4, 20_000),
  ProviderId: between(4, 2048),
  ProviderArn: arn,
  ContextAssertion: between(4, 2048),

  // Tags
  Key: tagKey,
  Value: between(0, 256, String.raw`[\p{L}\p{Z}\p{N}_.:/=+\-@]*`),
}

const LISTS: ConstraintTable['lists'] = {
  // The maximum is in the API reference of AssumeRole, not in the model.
  PolicyArns: { length: between(0, 10) },
  ProvidedContexts: { length: between(1, 5) },
  Tags: { length: between(0, 50) },
  TransitiveTagKeys: { length: between(0, 50), element: tagKey },
}

export const STS_CONSTRAINTS: ConstraintTable = { members: MEMBERS, lists: LISTS }
