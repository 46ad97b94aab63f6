import type { Mutant } from './mutant.ts'

/** What a run of tests is told in the variable {@link PLAN}. */
export interface Plan {
  /** Where the run leaves {@link LOADED} and {@link FAILURE}. */
  folder: string
  /** The mistake; nothing where the tests must pass. */
  mutant?: Pick<Mutant, 'file' | 'from' | 'to'>
}

/** The first test that failed. */
export interface Failure {
  test: string
  /** `false` when it is not a test that failed, but its file could not be loaded. */
  ran: boolean
  reason: string
}

export const PLAN = 'KEYHOLD_MUTANT_PLAN'
/** The file that says that the mutated module was loaded. */
export const LOADED = 'loaded'
/** The file that holds the {@link Failure}, as JSON. */
export const FAILURE = 'failure.json'

export function planOfProcess(): Plan {
  return JSON.parse(process.env[PLAN] ?? '') as Plan
}
