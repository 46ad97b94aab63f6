import type { Decision, GrantConstraints, GrantParty, Layer } from '../access.ts'
import type { GrantTrace } from '../grants/match.ts'
import type { StatementReference, StatementTrace } from '../language/contract.ts'

/** Everything that contributed to one decision. Plain data that can be shown, sent and compared. */
export interface Explanation {
  principal: string
  action: string
  /** The resource's ARN, `*`, or `undefined` if it is unknown. */
  resource: string | undefined
  decision: Decision
  /** All layers in the order of evaluation, absent ones included. */
  layers: LayerTrace[]
  grants: GrantTrace[]
  /** For a denial because of a missing allow: the statement or grant that came closest to allowing the request. */
  nearest?: NearMiss
  /**
   * The smallest change that would allow the request: all its edits together allow it, and without any one of them it
   * stays denied. Empty if the request is allowed; `undefined` if no change of policies or grants can allow it.
   */
  change: Edit[] | undefined
}

/** The layers that consist of policies. */
export type PolicyLayer = Exclude<Layer, 'grant'>

/** The policies of one layer, each with a trace of its statements. */
export interface LayerTrace {
  layer: PolicyLayer
  /**
   * `absent`: the layer has no policy and no effect. An identity without policies has an empty list, which allows
   * nothing.
   */
  policies: PolicyTrace[] | 'absent'
}

/** A policy and the trace of each of its statements. */
export interface PolicyTrace {
  name: string
  statements: StatementTrace[]
}

/** One part of a statement or grant that did not match. */
export type FailedPart =
  | { part: 'principal' | 'action' | 'resource' | 'key' | 'grantee' | 'operation' }
  | { part: 'condition'; operator: string; key: string; wanted: string[]; found: readonly string[] | undefined }
  | { part: 'constraint'; constraint: string; wanted: unknown; found: unknown }

/** The statement or grant that came closest to allowing a request, with the parts that did not match. */
export type NearMiss = (
  | { layer: PolicyLayer; policy: string; statement: StatementReference }
  | { layer: 'grant'; grantId: string }
) & { failed: FailedPart[] }

/** The Principal element of a proposed statement. */
export type PrincipalElement = { AWS: string } | { Service: string } | { Federated: string }

/** A Condition element: values by operator and key. */
export type ConditionBlock = Record<string, Record<string, string | string[]>>

/** A statement in the format of a policy document. */
export interface StatementDocument {
  Effect: 'Allow'
  Principal?: PrincipalElement
  Action: string
  Resource?: string
  Condition?: ConditionBlock
}

/** Holds for all requests except those of one principal, or in one encryption context. */
export type SparingCondition = { ArnNotEquals: Record<string, string> } | { StringNotEquals: Record<string, string> }

/** One step of a proposed change. */
export type Edit =
  | {
      kind: 'add-statement'
      layer: PolicyLayer
      /** The policy to add the statement to, or `undefined` for a new one. */
      policy: string | undefined
      statement: StatementDocument
    }
  /** Replaces the denying statement with copies, each with one more condition, that together exempt this request. */
  | {
      kind: 'narrow-deny'
      layer: PolicyLayer
      policy: string
      statement: StatementReference
      conditions: SparingCondition[]
    }
  /** For principals without a condition key of their own: no condition could exempt them. */
  | { kind: 'remove-deny'; layer: PolicyLayer; policy: string; statement: StatementReference }
  | { kind: 'create-grant'; grantee: GrantParty; operations: string[]; constraints?: GrantConstraints }
