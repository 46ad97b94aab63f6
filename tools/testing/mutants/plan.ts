import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inspect } from 'node:util'
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

/** Writes down that a test failed, or that a file could not be loaded, and ends the process. */
export function endWith(test: string, error: Error & { code?: string }): never {
  const reason = error.cause instanceof Error ? error.cause.message : inspect(error.cause ?? error.message)
  const failure: Failure = { test, ran: error.code === 'ERR_TEST_FAILURE', reason }
  writeFileSync(join(planOfProcess().folder, FAILURE), JSON.stringify(failure))
  process.exit(1)
}
