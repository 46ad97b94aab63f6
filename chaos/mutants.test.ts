import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { globSync } from 'node:fs'
import { test } from 'node:test'
import type { Mutant } from './mutants/mutant.ts'
import { policyMutants } from './mutants/policy.ts'

const POLICY_TESTS = globSync('packages/server/test/authorization/policy/**/*.test.ts')

/** The exit code of the tests, and what they printed, with one mutant or with none. */
function run(mutant?: Mutant): { status: number | null; output: string } {
  const preload = mutant === undefined ? [] : ['--import', './chaos/children/mutate.ts']
  const environment = { ...process.env, KEYHOLD_MUTANT: JSON.stringify(mutant), NODE_TEST_CONTEXT: undefined }
  const { status, stdout } = spawnSync(
    process.execPath,
    ['--conditions=source', ...preload, '--test', '--test-isolation=none', '--test-reporter=tap', ...POLICY_TESTS],
    { encoding: 'utf8', env: environment },
  )
  return { status, output: stdout }
}

test('the tests of policies pass without a mutant', () => {
  const { status, output } = run()
  assert.equal(status, 0, output)
  assert.match(output, /^# pass [1-9]/m)
})

for (const mutant of policyMutants) {
  test(`the tests of policies kill a mutant: ${mutant.description}`, () => {
    const { status, output } = run(mutant)
    assert.equal(status, 1, output)
    assert.match(output, /^not ok /m)
  })
}
