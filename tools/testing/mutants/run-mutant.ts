import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Mutant } from './mutant.ts'
import { type Ended, runTests } from './run-tests.ts'

/** Whether the tests noticed a mutant, and a sentence that says how or why not. */
export interface Verdict {
  killed: boolean
  how: string
}

const ROOT = join(import.meta.dirname, '../../..')
/** Generous, for slow machines on which several mutants run side by side. Tests that take longer are no tests of this. */
const LIMIT_MS = 5 * 60 * 1000

/**
 * Runs the tests of a mutant with its mistake. A mistake that cannot be made or loaded is not killed. Tests that take
 * longer than `limitMs` are ended, which kills only mutants that have a limit of their own.
 */
export async function runMutant(mutant: Mutant, { limitMs = LIMIT_MS } = {}): Promise<Verdict> {
  const problem = placeProblem(mutant)
  if (problem !== undefined) return { killed: false, how: problem }
  const ended = await runTests({ mutant, tests: mutant.tests, limitMs: mutant.hangsMs ?? limitMs })
  const { loaded, late, failure } = ended
  if (!loaded) return { killed: false, how: `no test loads ${mutant.file}` }
  if (failure?.ran === true) return { killed: true, how: `"${failure.test}" fails` }
  if (late && mutant.hangsMs !== undefined) {
    return { killed: true, how: `the tests hang and are ended after ${mutant.hangsMs} ms, as the mutant says they do` }
  }
  return { killed: false, how: whySurvived(ended) }
}

function whySurvived({ failure, late, exitCode, output }: Ended): string {
  if (failure !== undefined) return `${failure.test} does not load with it: ${failure.reason}`
  if (late) return `the tests hang: no test fails, and no limit was chosen for the mutant\n${output}`
  if (exitCode === 0) return 'it survives: all tests pass'
  return `the tests end with ${exitCode ?? 'a signal'}, and none fails\n${output}`
}

/**
 * Runs the tests of mutants without any mistake. Returns what is wrong: then a failure with the mistake says nothing.
 * Takes each set of tests once, within the shortest time that one of its mutants has.
 */
export async function problemWithout(mutants: readonly Mutant[]): Promise<string | undefined> {
  const limits = new Map<string, number>()
  for (const { tests, hangsMs = LIMIT_MS } of mutants) {
    const key = tests.join('\n')
    limits.set(key, Math.min(hangsMs, limits.get(key) ?? LIMIT_MS))
  }
  for (const [key, limitMs] of limits) {
    const { exitCode, late, failure, output } = await runTests({ tests: key.split('\n'), limitMs })
    if (late) return `${key} takes longer than ${limitMs} ms without a mutant`
    if (exitCode !== 0) return `${key} fails without a mutant: ${failure?.test ?? output}`
  }
  return undefined
}

/** What is wrong with where a mutant says its mistake is, as a sentence. */
export function placeProblem({ file, from, to }: Mutant): string | undefined {
  if (!existsSync(join(ROOT, file))) return `${file} does not exist`
  const occurrences = readFileSync(join(ROOT, file), 'utf8').split(from).length - 1
  if (occurrences !== 1) return `${file} contains ${occurrences} times, not once: ${from}`
  return from === to ? `the mistake changes nothing: ${from}` : undefined
}
