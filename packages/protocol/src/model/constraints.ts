/** What AWS demands of one value. */
export interface Constraint {
  /** For a string: characters; for a blob: bytes; for a list: elements; for an integer: the value itself. */
  readonly min: number
  readonly max: number
  /** A regular expression that the whole value must match, in AWS's spelling, which the error quotes. */
  readonly pattern?: string
}

export interface ListConstraint {
  /** How many elements the list may have. */
  readonly length?: Constraint
  /** What each element obeys, where the elements are no structures. */
  readonly element?: Constraint
}

/**
 * The constraints on the members of a service's inputs: under a member's name where it means the same in every
 * structure, or under `Structure.Member`, which comes first.
 */
export interface ConstraintTable {
  readonly members: Readonly<Record<string, Constraint>>
  readonly lists: Readonly<Record<string, ListConstraint>>
}

export function between(min: number, max: number, pattern?: string): Constraint {
  return pattern === undefined ? { min, max } : { min, max, pattern }
}

/** The constraint on a member that is not a list. */
export function constraintOf(table: ConstraintTable, structure: string, member: string): Constraint | undefined {
  return table.members[`${structure}.${member}`] ?? table.members[member]
}

/** The constraints on a list and on its elements. */
export function listConstraintOf(table: ConstraintTable, structure: string, member: string): ListConstraint {
  return table.lists[`${structure}.${member}`] ?? table.lists[member] ?? {}
}
