import type { Decision, GrantConstraints, GrantParty, Layer } from '../access.ts'
import type { GrantTrace } from '../grants/match.ts'
import type { StatementReference, StatementTrace } from '../language/contract.ts'

/** Everything that bore on one decision. Plain data: it is shown, sent and compared. */
export interface Explanation {
  principal: string
  action: string
  /** The resource's ARN, `*`, or `undefined` where nobody can name it. */
  resource: string | undefined
  decision: Decision
  /** Every layer in the order in which it is asked, absent ones included. */
  layers: LayerTrace[]
  grants: GrantTrace[]
  /** Of a denial for want of an allow: what came nearest to being that allow. */
  nearest?: NearMiss
  /**
   * The smallest change that would allow it: made together its edits do, and without any one of them it stays denied.
   * Empty where it is allowed; `undefined` where no change of policies or grants can allow it.
   */
  change: Edit[] | undefined
}

/** The layers that are documents. */
export type PolicyLayer = Exclude<Layer, 'grant'>

export interface LayerTrace {
  layer: PolicyLayer
  /** `absent`: the layer has no document and no say. An identity without policies has an empty list, which allows nothing. */
  policies: PolicyTrace[] | 'absent'
}

export interface PolicyTrace {
  name: string
  statements: StatementTrace[]
}

/** One part of a statement or grant that did not match. */
export type FailedPart =
  | { part: 'principal' | 'action' | 'resource' | 'key' | 'grantee' | 'operation' }
  | { part: 'condition'; operator: string; key: string; wanted: string[]; found: readonly string[] | undefined }
  | { part: 'constraint'; constraint: string; wanted: unknown; found: unknown }

export type NearMiss = (
  | { layer: PolicyLayer; policy: string; statement: StatementReference }
  | { layer: 'grant'; grantId: string }
) & { failed: FailedPart[] }

export type PrincipalElement = { AWS: string } | { Service: string } | { Federated: string }

/** A Condition as a document has it: values by operator and key. */
export type ConditionBlock = Record<string, Record<string, string | string[]>>

/** A statement as a document has it. */
export interface StatementDocument {
  Effect: 'Allow'
  Principal?: PrincipalElement
  Action: string
  Resource?: string
  Condition?: ConditionBlock
}

/** Holds for all requests but those of one principal, or in one encryption context. */
export type SparingCondition = { ArnNotEquals: Record<string, string> } | { StringNotEquals: Record<string, string> }

export type Edit =
  | {
      kind: 'add-statement'
      layer: PolicyLayer
      /** The document to add to, or `undefined`: a new one. */
      policy: string | undefined
      statement: StatementDocument
    }
  /** Puts copies of the denying statement in its place, each with one more condition, so that together they spare this request. */
  | {
      kind: 'narrow-deny'
      layer: PolicyLayer
      policy: string
      statement: StatementReference
      conditions: SparingCondition[]
    }
  /** For principals without a condition key of their own: no condition could spare them. */
  | { kind: 'remove-deny'; layer: PolicyLayer; policy: string; statement: StatementReference }
  | { kind: 'create-grant'; grantee: GrantParty; operations: string[]; constraints?: GrantConstraints }
