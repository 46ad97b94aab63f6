/** One small mistake in the sources, as a replacement of text, and what it would mean. */
export interface Mutant {
  file:
    | 'decide.ts'
    | 'ownership.ts'
    | 'evidence.ts'
    | 'grants/match.ts'
    | 'grants/constraints.ts'
    | 'grants/operations.ts'
    | 'grants/rules.ts'
  /** Stands once in the file. */
  from: string
  to: string
  means: string
}

export function mutants(
  file: Mutant['file'],
  rows: readonly (readonly [means: string, from: string, to: string])[],
): Mutant[] {
  return rows.map(([means, from, to]) => ({ file, from, to, means }))
}
