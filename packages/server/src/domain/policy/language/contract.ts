/** What statements of policies look at. Data only: no clock, no store. */
import type { Work } from './patterns/work.ts'

/** Who asks, in every form in which a policy can name him. */
export interface PolicyPrincipal {
  type: 'Root' | 'IAMUser' | 'AssumedRole' | 'FederatedUser' | 'Service' | 'WebIdentity'
  /**
   * `arn:aws:iam::<account>:root`, `…:user/<path><name>`, `arn:aws:sts::<account>:assumed-role/<role>/<session>`,
   * `arn:aws:sts::<account>:federated-user/<name>`; for a service principal its name, such as `backup.amazonaws.com`; for a web identity, which has no principal of its own
   * yet and asks trust policies only, its provider's ARN or host.
   */
  arn: string
  /** The account that the principal belongs to; of a service principal, the operator's; of a web identity, the role's. */
  accountId: string
  /** Immutable and never reused: `AIDA…`, `AROA…:<session>`, the account id of a root, a service's name. A
   * federated user has only the name that was chosen for the session: `<account>:<name>`. */
  principalId: string
  /**
   * The role behind a session: policies name it by `arn:aws:iam::<account>:role/<path><name>`. Of a federated user, the user who
   * called GetFederationToken: to a policy that names them, the session is what a session is to its role.
   */
  role?: { arn: string; principalId: string }
}

/** The values of a request's condition keys. */
export interface ConditionValues {
  /**
   * All values of one key, or `undefined` where the request has no such key. `name` is in lower case: names of condition
   * keys are compared without regard to case. An empty list is a key that is present without values.
   */
  get(name: string): readonly string[] | undefined
  /**
   * Whether the value is the default of a parameter that the request leaves out. Such a key is absent to `Null`.
   * Source: AWS KMS Developer Guide, the examples of "kms:BypassPolicyLockoutSafetyCheck" and "kms:ExpirationModel".
   */
  isByDefault(name: string): boolean
}

export interface PolicyRequest {
  principal: PolicyPrincipal
  /** Whether the principal, or the role behind its session, has a permissions boundary: no NotPrincipal spares it then. */
  hasBoundary: boolean
  /** `kms:Decrypt`, `iam:CreateUser`, `sts:AssumeRole`. */
  action: string
  /** The ARN of the resource, or `*` where the operation has none. In a key's own policy `*` always means that key. */
  resource: string
  conditions: ConditionValues
}

/**
 * What a document is for decides what may stand in it: `identity` (also permissions boundaries and session policies) has
 * no principals; `key` and `trust` name them in each statement that is to have an effect.
 */
export type PolicyKind = 'identity' | 'key' | 'trust'

/** Why a document is refused, and where: `$.Statement[0].Condition.StringEquals`. */
export interface PolicyFault {
  path: string
  message: string
  /** The principal that nobody can be, where that is the fault: KMS and IAM have sentences of their own for it. */
  invalidPrincipal?: string
}

/**
 * The immutable ids of the users and roles that a document names, by the ARNs as they stand in it, taken when it was
 * put: whoever gets the name of a deleted principal later does not get what the document gave that one.
 */
export type Bindings = ReadonlyMap<string, string>

/** One statement that decided: its place in the document, and its Sid if it has one. */
export interface StatementReference {
  index: number
  sid?: string
}

/**
 * How an allow came about, as that decides what may still limit it: `principal` the principal itself or everybody
 * (`*`), `role` the role behind the session and everybody where a federated user asks, `account` the principal's whole account
 * (its root ARN or bare id), which hands the decision to that account's own policies.
 */
export type AllowedAs = 'principal' | 'role' | 'account'

/** What one document says of one request. In an identity policy every allow is `principal`. */
export interface Verdict {
  /** The first statement that denies. */
  deny?: StatementReference
  /** The first statement that allows in each way. */
  allow: Partial<Record<AllowedAs, StatementReference>>
}

/** A document, ready to be asked. Immutable. */
export interface CompiledPolicy {
  /** `work` is the meter of the decision that this is a part of; one of its own unless given. */
  evaluate(request: PolicyRequest, work?: Work): Verdict
  /**
   * Like {@link evaluate}, with what became of every statement: for explanations, not for the hot path. Each statement
   * has a meter of its own unless one is given.
   */
  trace(request: PolicyRequest, work?: Work): StatementTrace[]
}

/** Which parts of a statement matched, in the order in which they are looked at. */
export interface StatementTrace {
  statement: StatementReference
  effect: 'Allow' | 'Deny'
  /** `undefined`: the statement has no principals (identity policies). */
  principal: AllowedAs | false | undefined
  /** NotPrincipal lists the principal, and the statement is about it all the same, as it has a permissions boundary. */
  despiteNotPrincipal?: true
  action: boolean
  resource: boolean
  /** Each operator and key of the statement's Condition. */
  conditions: ConditionTrace[]
  /** All of it matched. */
  applies: boolean
}

export interface ConditionTrace {
  /** As it stands in the document, such as `ForAnyValue:StringLike`. */
  operator: string
  key: string
  /** The document's values, after policy variables were replaced. */
  wanted: string[]
  /** The request's values. */
  found: readonly string[] | undefined
  holds: boolean
}
