import type { OperationName } from '@keyhold/protocol'
import type { Caller } from '../../../src/identity/accounts/caller.ts'
import type { ReferenceMember } from './members.ts'
import type { SubstitutionWorld } from './world.ts'

/** One reference in one request, replaced by a valid one of its kind that belongs to something else. */
export interface Cell {
  /** Whose the substitute is. */
  substitute: string
  request: object
  caller: Caller
  outcome: Outcome
}

/** The beginning of `Code: message`, or why it is not refused, with AWS's page, and what then must hold of the answer. */
export type Outcome = RegExp | { reason: string; holds?: (answer: Record<string, unknown>) => void }

/** A request as its operation takes it. */
export interface Base {
  /** The key that is asked about. */
  keyId: string
  arn: string
  input: Record<string, unknown>
}

/** What cells are made of. */
export interface KmsScene {
  world: SubstitutionWorld
  operation: OperationName
  member: ReferenceMember
  base: Base
}

/** Cells whose request is the base with one member replaced. */
export function replaced(
  { world, base, member }: KmsScene,
  rows: readonly (readonly [substitute: string, value: unknown, outcome: Outcome])[],
): Cell[] {
  return rows.map(([substitute, value, outcome]) => ({
    substitute,
    request: { ...base.input, [member.path]: value },
    caller: world.admin,
    outcome,
  }))
}
