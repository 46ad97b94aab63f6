import { type Mistake, type Mutant, mistakesIn } from '../../tools/testing/mutants/mutant.ts'

const inFolder = mistakesIn('packages/server/src/audit', [])

/** The test files of the audit log with these names. */
export function auditTests(...names: readonly string[]): string[] {
  return names.map((name) => `packages/server/test/audit/${name}.test.ts`)
}

/** Mistakes in a file of the audit log, which the tests with these names notice. */
export function auditMistakes(file: string, tests: readonly string[], mistakes: readonly Mistake[]): Mutant[] {
  return inFolder(file, mistakes, auditTests(...tests))
}
