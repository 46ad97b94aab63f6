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

/** Who can approve, by the id that no one else ever gets. */
export interface QuorumApproverView {
  Arn: string
  PrincipalId: string
}

/** What an account demands before something destructive is done. */
export interface QuorumRuleView {
  RuleName: string
  NeededApprovals: number
  Approvers: QuorumApproverView[]
  Protects: string[]
  KeyArns: string[]
  KeyTags: { TagKey: string; TagValue: string }[]
  ApprovalMinutes: number
  RequesterMayApprove: boolean
}

/** A call that waits for approval, or was denied. */
export interface QuorumRequestView {
  RequestId: string
  Action: string
  Resource: string
  Requester: string
  /** What can be logged of its input, in JSON. */
  Input: string
  RuleNames: string[]
  CreatedDate: Date
  ExpirationDate: Date
  ApprovedBy: string[]
  DeniedBy?: string
}

/** What PutQuorumRule takes. */
interface WantedRule {
  RuleName: string
  NeededApprovals: number
  /** ARNs of users and roles. */
  Approvers: string[]
  Protects?: string[]
  KeyArns?: string[]
  KeyTags?: { TagKey: string; TagValue: string }[]
  ApprovalMinutes?: number
  RequesterMayApprove?: boolean
}

export interface KeyholdInputs {
  CreateForwardedSession: { Request: ForwardedRequest; SourceArn?: string; DurationSeconds?: number }
  CreateServiceSession: { SourceArn: string; SourceAccount?: string; DurationSeconds?: number }
  GetShredCertificate: { KeyId: string }
  PutQuorumRule: WantedRule
  DeleteQuorumRule: { RuleName: string }
  ListQuorumRules: object
  ListPendingRequests: object
  ApproveRequest: { RequestId: string }
  DenyRequest: { RequestId: string }
  WithdrawRequest: { RequestId: string }
}

export interface KeyholdOutputs {
  CreateForwardedSession: { Credentials: ServiceCredentials; PrincipalArn: string }
  CreateServiceSession: { Credentials: ServiceCredentials }
  /** Certificate: a JSON Web Signature in compact form. */
  GetShredCertificate: { KeyArn: string; Certificate: string }
  PutQuorumRule: { Rule: QuorumRuleView }
  DeleteQuorumRule: { RuleName: string }
  ListQuorumRules: { Rules: QuorumRuleView[] }
  ListPendingRequests: { Requests: QuorumRequestView[] }
  ApproveRequest: { Request: QuorumRequestView }
  DenyRequest: { Request: QuorumRequestView }
  WithdrawRequest: { RequestId: string }
}

export type KeyholdOperationName = keyof KeyholdInputs

const member = (name: string, type: string, required = true) => ({ name, type, isList: false, required })
const list = (name: string, type: string, required = true) => ({ name, type, isList: true, required })

export const KEYHOLD: AwsJsonModel<KeyholdOperationName> = /* @__PURE__ */ deepFreeze({
  targetPrefix: 'Keyhold',
  signingName: 'keyhold',
  apiVersion: '2026-11-01',
  operations: {
    CreateForwardedSession: { input: 'ForwardedSessionRequest', output: 'ForwardedSession', errors: [] },
    CreateServiceSession: { input: 'ServiceSessionRequest', output: 'ServiceSession', errors: [] },
    GetShredCertificate: { input: 'ShredCertificateRequest', output: 'ShredCertificate', errors: [] },
    PutQuorumRule: { input: 'QuorumRuleRequest', output: 'QuorumRuleAnswer', errors: [] },
    DeleteQuorumRule: { input: 'QuorumRuleName', output: 'QuorumRuleName', errors: [] },
    ListQuorumRules: { input: 'Empty', output: 'QuorumRules', errors: [] },
    ListPendingRequests: { input: 'Empty', output: 'PendingRequests', errors: [] },
    ApproveRequest: { input: 'PendingRequestId', output: 'PendingRequestAnswer', errors: [] },
    DenyRequest: { input: 'PendingRequestId', output: 'PendingRequestAnswer', errors: [] },
    WithdrawRequest: { input: 'PendingRequestId', output: 'PendingRequestId', errors: [] },
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
    Empty: [],
    Tag: [member('TagKey', 'string'), member('TagValue', 'string')],
    QuorumRuleName: [member('RuleName', 'string')],
    QuorumRuleRequest: [
      member('RuleName', 'string'),
      member('NeededApprovals', 'integer'),
      list('Approvers', 'string'),
      list('Protects', 'string', false),
      list('KeyArns', 'string', false),
      list('KeyTags', 'Tag', false),
      member('ApprovalMinutes', 'integer', false),
      member('RequesterMayApprove', 'boolean', false),
    ],
    QuorumApprover: [member('Arn', 'string'), member('PrincipalId', 'string')],
    QuorumRule: [
      member('RuleName', 'string'),
      member('NeededApprovals', 'integer'),
      list('Approvers', 'QuorumApprover'),
      list('Protects', 'string'),
      list('KeyArns', 'string'),
      list('KeyTags', 'Tag'),
      member('ApprovalMinutes', 'integer'),
      member('RequesterMayApprove', 'boolean'),
    ],
    QuorumRuleAnswer: [member('Rule', 'QuorumRule')],
    QuorumRules: [list('Rules', 'QuorumRule')],
    PendingRequestId: [member('RequestId', 'string')],
    PendingRequest: [
      member('RequestId', 'string'),
      member('Action', 'string'),
      member('Resource', 'string'),
      member('Requester', 'string'),
      member('Input', 'string'),
      list('RuleNames', 'string'),
      member('CreatedDate', 'timestamp'),
      member('ExpirationDate', 'timestamp'),
      list('ApprovedBy', 'string'),
      member('DeniedBy', 'string', false),
    ],
    PendingRequestAnswer: [member('Request', 'PendingRequest')],
    PendingRequests: [list('Requests', 'PendingRequest')],
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
    RuleName: between(1, 64, '^[A-Za-z0-9_.-]+$'),
    RequestId: between(36, 36, '^[0-9a-f-]+$'),
    NeededApprovals: between(1, 20),
    ApprovalMinutes: between(5, 10_080),
    TagKey: between(1, 128),
    TagValue: between(0, 256),
  },
  lists: {
    Approvers: { length: between(1, 20), element: between(20, 2048, ARN) },
    Protects: { length: between(1, 4), element: between(1, 32) },
    KeyArns: { length: between(0, 20), element: between(1, 256) },
    KeyTags: { length: between(0, 10) },
  },
}
