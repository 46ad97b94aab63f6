/** A parsed and well-formed policy. Data only. */
export interface PolicyDocument {
  version: PolicyVersion
  id?: string
  statements: readonly Statement[]
}

/** The version of the policy language. A policy without a version has the first one, which has no policy variables. */
export type PolicyVersion = '2008-10-17' | '2012-10-17'

/** One statement of a policy. */
export interface Statement {
  /** Its place in the policy, for error messages: `$.Statement[0]`. */
  path: string
  sid?: string
  effect: Effect
  /** Absent in identity policies. */
  principals?: PrincipalElement
  /** Absent in a statement of a key policy without Action, which has no effect. */
  actions?: ListElement
  /** Absent in trust policies, and in a statement of a key policy without Resource, which has no effect. */
  resources?: ListElement
  conditions: readonly Condition[]
}

export type Effect = 'Allow' | 'Deny'

/** `Action`, or `NotAction` with `not`; likewise for resources. */
export interface ListElement {
  not: boolean
  values: readonly string[]
}

/** Principal, or NotPrincipal with `not`. */
export interface PrincipalElement {
  not: boolean
  names: readonly PrincipalName[]
}

/**
 * What a name refers to: `everyone` is `"*"`, `every-aws-principal` is `{"AWS": "*"}`, `id` is the unique id that AWS
 * shows instead of a deleted principal.
 */
export type PrincipalKind =
  | 'everyone'
  | 'every-aws-principal'
  | 'account'
  | 'user'
  | 'role'
  | 'session'
  | 'federated-user'
  | 'id'
  | 'service'
  | 'federated'
  | 'canonical-user'

/** One principal that a policy names. */
export interface PrincipalName {
  kind: PrincipalKind
  /** As written in the policy. */
  text: string
  /** The account in the name of an account, user, role or session. */
  accountId?: string
  /** The partition in such an ARN. An account number has none. */
  partition?: string
  /** Its place in the policy: `$.Statement[0].Principal.AWS[1]`. */
  path: string
}

/** One condition key under one operator. */
export interface Condition {
  path: string
  /** As written in the policy: `ForAnyValue:StringLikeIfExists`. */
  operator: string
  /** Empty for an operator without keys. */
  key: string
  /** Empty if the policy has an empty list, or no key: what its author wanted to compare is unknown. */
  values: readonly string[]
}

/** Every principal that a document names, in its order: to see that they exist, and to bind them to their ids. */
export function principalsOf({ statements }: PolicyDocument): PrincipalName[] {
  return statements.flatMap(({ principals }) => principals?.names ?? [])
}
