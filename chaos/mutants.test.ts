import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { globSync } from 'node:fs'
import { describe, test } from 'node:test'
import { messageMutants } from './mutants/message.ts'
import type { Mutant } from './mutants/mutant.ts'
import { policyMutants } from './mutants/policy.ts'

/** What guards, the tests that must notice mistakes in it, and the mistakes. */
const TABLES: readonly { name: string; tests: string; mutants: readonly Mutant[] }[] = [
  { name: 'policies', tests: 'packages/server/test/domain/policy/language/**/*.test.ts', mutants: policyMutants },
  { name: 'messages', tests: 'packages/client/test/message/*.test.ts', mutants: messageMutants },
]

/** The exit code of the tests, and what they printed, with one mutant or with none. */
function run(tests: string, mutant?: Mutant): { status: number | null; output: string } {
  const preload = mutant === undefined ? [] : ['--import', './chaos/children/mutate.ts']
  const environment = { ...process.env, KEYHOLD_MUTANT: JSON.stringify(mutant), NODE_TEST_CONTEXT: undefined }
  const { status, stdout } = spawnSync(
    process.execPath,
    ['--conditions=source', ...preload, '--test', '--test-isolation=none', '--test-reporter=tap', ...globSync(tests)],
    { encoding: 'utf8', env: environment },
  )
  return { status, output: stdout }
}

for (const { name, tests, mutants } of TABLES) {
  describe(`the tests of ${name}`, () => {
    test('pass without a mutant', () => {
      const { status, output } = run(tests)
      assert.equal(status, 0, output)
      assert.match(output, /^# pass [1-9]/m)
    })

    for (const mutant of mutants) {
      test(`kill a mutant: ${mutant.description}`, () => {
        const { status, output } = run(tests, mutant)
        assert.equal(status, 1, output)
        assert.match(output, /^not ok /m)
      })
    }
  })
}
