/** A policy as it was written, once it is known to be well-formed. Data only. */
export interface PolicyDocument {
  version: PolicyVersion
  id?: string
  statements: readonly Statement[]
}

/** Of the language. A document without one is of the first, which has no policy variables. */
export type PolicyVersion = '2008-10-17' | '2012-10-17'

export interface Statement {
  /** Its place in the document, for messages about it: `$.Statement[0]`. */
  path: string
  sid?: string
  effect: Effect
  /** Absent in identity policies. */
  principals?: PrincipalElement
  /** Absent in a key policy's statement without Action, which has no effect. */
  actions?: ListElement
  /** Absent in trust policies, and in a key policy's statement without Resource, which has no effect. */
  resources?: ListElement
  conditions: readonly Condition[]
}

export type Effect = 'Allow' | 'Deny'

/** `Action`, or `NotAction` with `not`; likewise for resources. */
export interface ListElement {
  not: boolean
  values: readonly string[]
}

export interface PrincipalElement {
  not: boolean
  names: readonly PrincipalName[]
}

/**
 * Who is named: `everyone` is `"*"`, `every-aws-principal` is `{"AWS": "*"}`, `id` the unique id that AWS shows in
 * place of a principal that was deleted.
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

/** One principal that a document names. */
export interface PrincipalName {
  kind: PrincipalKind
  /** As it stands in the document. */
  text: string
  /** The account in an account's, user's, role's or session's name. */
  accountId?: string
  /** The partition in the ARN of one of them; an account's number has none. */
  partition?: string
  /** Where it stands: `$.Statement[0].Principal.AWS[1]`. */
  path: string
}

/** One key under one operator. */
export interface Condition {
  path: string
  /** As it stands in the document: `ForAnyValue:StringLikeIfExists`. */
  operator: string
  /** Empty for an operator that has no keys. */
  key: string
  /** Empty where the document has an empty list, or no key: what its author meant to compare is unknown. */
  values: readonly string[]
}

/** Every principal that a document names, in its order: to see that they exist, and to bind them to their ids. */
export function principalsOf({ statements }: PolicyDocument): PrincipalName[] {
  return statements.flatMap(({ principals }) => principals?.names ?? [])
}
