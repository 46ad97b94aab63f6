/** The input of policy evaluation. Data only: no clock, no store. */
import type { Work } from './patterns/work.ts'

/** The calling principal, in every form in which a policy can name it. */
export interface PolicyPrincipal {
  type: 'Root' | 'IAMUser' | 'AssumedRole' | 'FederatedUser' | 'Service' | 'WebIdentity'
  /**
   * `arn:aws:iam::<account>:root`, `…:user/<path><name>`, `arn:aws:sts::<account>:assumed-role/<role>/<session>` or
   * `arn:aws:sts::<account>:federated-user/<name>`. For a service principal, its name, such as `backup.amazonaws.com`.
   * For a web identity, its provider's ARN or host: it is not a principal of its own yet, and only trust policies are
   * evaluated for it.
   */
  arn: string
  /** The account of the principal. For a service principal, the operator's account; for a web identity, the role's. */
  accountId: string
  /**
   * Immutable and never reused: `AIDA…`, `AROA…:<session>`, the account id of a root, the name of a service. A
   * federated user has only the name chosen for the session: `<account>:<name>`.
   */
  principalId: string
  /**
   * The role behind a session, which policies name by `arn:aws:iam::<account>:role/<path><name>`. For a federated user,
   * the user who called GetFederationToken: a policy that names that user applies to the session as a policy that names
   * a role applies to its sessions.
   */
  role?: { arn: string; principalId: string }
}

/** The values of a request's condition keys. */
export interface ConditionValues {
  /**
   * Returns all values of one key, or `undefined` if the request does not have it. `name` is in lower case, because
   * condition keys are case-insensitive. An empty list is a key without values.
   */
  get(name: string): readonly string[] | undefined
  /**
   * Returns whether the value is the default of a parameter that the request omits. For `Null`, such a key is absent.
   * Source: AWS KMS Developer Guide, the examples of "kms:BypassPolicyLockoutSafetyCheck" and "kms:ExpirationModel".
   */
  isByDefault(name: string): boolean
}

/** A request as statements see it. */
export interface PolicyRequest {
  principal: PolicyPrincipal
  /**
   * Whether the principal, or the role behind its session, has a permissions boundary. NotPrincipal then does not
   * exempt it from a Deny.
   */
  hasBoundary: boolean
  /** `kms:Decrypt`, `iam:CreateUser`, `sts:AssumeRole`. */
  action: string
  /**
   * The ARN of the resource, or `*` if the operation has none. In a key policy `*` always means the policy's own key.
   */
  resource: string
  conditions: ConditionValues
}

/**
 * The purpose of a policy, which decides its grammar. `identity` (also permissions boundaries and session policies) has
 * no principals. `key` and `trust` need them in every statement that has an effect.
 */
export type PolicyKind = 'identity' | 'key' | 'trust'

/** Why a policy is refused, and where: `$.Statement[0].Condition.StringEquals`. */
export interface PolicyFault {
  path: string
  message: string
  /** The invalid principal, if that is the fault: KMS and IAM have their own error messages for it. */
  invalidPrincipal?: string
}

/**
 * The immutable ids of the users and roles that a policy names, by the ARNs as written, taken when the policy was put.
 * A later principal with the name of a deleted one does not get its permissions.
 */
export type Bindings = ReadonlyMap<string, string>

/** The decisive statement: its index in the policy, and its Sid if it has one. */
export interface StatementReference {
  index: number
  sid?: string
}

/**
 * How an allow names the principal, which decides which layers can still limit it. `principal`: the principal itself,
 * or all (`*`). `role`: the role behind the session, or all in the case of a federated user. `account`: the principal's
 * whole account (its root ARN or account id), which delegates the decision to that account's own policies.
 */
export type AllowedAs = 'principal' | 'role' | 'account'

/** The result of one policy for one request. In an identity policy every allow is `principal`. */
export interface Verdict {
  /** The first statement that denies. */
  deny?: StatementReference
  /** The first statement of each kind of allow. */
  allow: Partial<Record<AllowedAs, StatementReference>>
}

/** A policy, compiled for evaluation. Immutable. */
export interface CompiledPolicy {
  /**
   * Evaluates the policy. `work` is the limit of the decision that this is part of; by default, a limit for this call
   * alone.
   */
  evaluate(request: PolicyRequest, work?: Work): Verdict
  /**
   * Like {@link evaluate}, with the result of every statement. For explanations, not for the hot path. By default, each
   * statement has its own limit.
   */
  trace(request: PolicyRequest, work?: Work): StatementTrace[]
}

/** Which parts of a statement matched, in the order of evaluation. */
export interface StatementTrace {
  statement: StatementReference
  effect: 'Allow' | 'Deny'
  /** `undefined` if the statement has no principals (identity policies). */
  principal: AllowedAs | false | undefined
  /** NotPrincipal lists the principal, but the statement applies because the principal has a permissions boundary. */
  despiteNotPrincipal?: true
  action: boolean
  resource: boolean
  /** Each operator and key of the Condition. */
  conditions: ConditionTrace[]
  /** Whether all parts matched. */
  applies: boolean
}

/** One condition, and whether it holds for the request. */
export interface ConditionTrace {
  /** As written in the policy, such as `ForAnyValue:StringLike`. */
  operator: string
  key: string
  /** The policy's values, with policy variables replaced. */
  wanted: string[]
  /** The request's values. */
  found: readonly string[] | undefined
  holds: boolean
}
