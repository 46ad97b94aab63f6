import type { Secret } from '../secret.ts'
import type { AwsJsonModel } from './aws-json-model.ts'
import { between } from './constraints.ts'
import type { ConstraintTable } from './constraints.ts'
import { deepFreeze } from './model.ts'

/**
 * What Keyhold has and AWS does not show: how a registered service acts for the users who asked it to, and what is said of
 * destroyed keys. Written by hand, as it is ours; AWS JSON 1.1 like KMS.
 */

/** The request by which a user asked the service for something, as it arrived there, signed for that service. */
export interface ForwardedRequest {
  Method: string
  /** As sent, still percent-encoded, without the query. */
  Path: string
  /** What followed the `?`, as sent. */
  Query?: string
  /** The signed headers and `authorization`, by lower-case name. */
  Headers: Record<string, string>
  /** SHA-256 of the body, in lower-case hexadecimal. */
  PayloadHash: string
}

/** Temporary credentials. */
export interface ServiceCredentials {
  AccessKeyId: string
  SecretAccessKey: Secret
  SessionToken: string
  Expiration: Date
}

export interface KeyholdInputs {
  CreateForwardedSession: { Request: ForwardedRequest; SourceArn?: string; DurationSeconds?: number }
  CreateServiceSession: { SourceArn: string; SourceAccount?: string; DurationSeconds?: number }
  GetShredCertificate: { KeyId: string }
}

export interface KeyholdOutputs {
  CreateForwardedSession: { Credentials: ServiceCredentials; PrincipalArn: string }
  CreateServiceSession: { Credentials: ServiceCredentials }
  /** Certificate: a JSON Web Signature in compact form. */
  GetShredCertificate: { KeyArn: string; Certificate: string }
}

export type KeyholdOperationName = keyof KeyholdInputs

const member = (name: string, type: string, required = true) => ({ name, type, isList: false, required })

export const KEYHOLD: AwsJsonModel<KeyholdOperationName> = /* @__PURE__ */ deepFreeze({
  targetPrefix: 'Keyhold',
  signingName: 'keyhold',
  apiVersion: '2026-11-01',
  operations: {
    CreateForwardedSession: { input: 'ForwardedSessionRequest', output: 'ForwardedSession', errors: [] },
    CreateServiceSession: { input: 'ServiceSessionRequest', output: 'ServiceSession', errors: [] },
    GetShredCertificate: { input: 'ShredCertificateRequest', output: 'ShredCertificate', errors: [] },
  },
  structures: {
    ForwardedSessionRequest: [
      member('Request', 'ForwardedRequest'),
      member('SourceArn', 'string', false),
      member('DurationSeconds', 'integer', false),
    ],
    ForwardedRequest: [
      member('Method', 'string'),
      member('Path', 'string'),
      member('Query', 'string', false),
      member('Headers', 'stringMap'),
      member('PayloadHash', 'string'),
    ],
    ForwardedSession: [member('Credentials', 'Credentials'), member('PrincipalArn', 'string')],
    ServiceSessionRequest: [
      member('SourceArn', 'string'),
      member('SourceAccount', 'string', false),
      member('DurationSeconds', 'integer', false),
    ],
    ShredCertificateRequest: [member('KeyId', 'string')],
    ShredCertificate: [member('KeyArn', 'string'), member('Certificate', 'string')],
    ServiceSession: [member('Credentials', 'Credentials')],
    Credentials: [
      member('AccessKeyId', 'string'),
      member('SecretAccessKey', 'secretString'),
      member('SessionToken', 'string'),
      member('Expiration', 'timestamp'),
    ],
  },
  enumerations: {},
})

const ARN = '^arn:aws[a-z0-9-]*:[a-z0-9-]+:[a-z0-9-]*:[0-9]{12}:.+$'

export const KEYHOLD_CONSTRAINTS: ConstraintTable = {
  members: {
    Method: between(1, 16, '^[A-Z]+$'),
    Path: between(1, 2048, '^/.*$'),
    Query: between(0, 8192),
    PayloadHash: between(64, 64, '^[0-9a-f]+$'),
    SourceArn: between(20, 512, ARN),
    SourceAccount: between(12, 12, '^[0-9]+$'),
    DurationSeconds: between(60, 3600),
    KeyId: between(1, 2048),
  },
  lists: {},
}
