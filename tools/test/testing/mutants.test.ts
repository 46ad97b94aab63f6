import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { test } from 'node:test'
import { TABLES } from '../../../chaos/mutants/tables.ts'
import type { Mutant } from '../../testing/mutants/mutant.ts'
import { placeProblem, problemWithout, runMutant } from '../../testing/mutants/run-mutant.ts'
import { testFilesOf } from '../../testing/mutants/run-tests.ts'

const CHILDREN = 'tools/test/testing/children'
const TESTS = [`${CHILDREN}/guard-tests.ts`]

function mutantOf(from: string, to: string, rest: Partial<Mutant> = {}): Mutant {
  return { description: '', file: `${CHILDREN}/guard.ts`, from, to, tests: TESTS, ...rest }
}

const KILLED: readonly (readonly [string, Mutant, RegExp])[] = [
  ['a test fails', mutantOf('<= 10', '< 10'), /^"ten are within the limit" fails/],
  ['a test fails in a thread', mutantOf('<= 10', '<= 11'), /^"a thread sees that eleven are too many" fails/],
  [
    'a test fails in a process',
    mutantOf('return count\n', 'return Math.min(count, 3)\n'),
    /^"a process counts four" fails/,
  ],
  [
    'the tests hang, and a limit was chosen for it',
    mutantOf('count += 1', 'count += 0', { hangsMs: 2000 }),
    /ended after 2000 ms/,
  ],
]

for (const [when, mutant, how] of KILLED) {
  test(`a mutant is killed when ${when}`, async () => {
    const verdict = await runMutant(mutant)
    assert.match(verdict.how, how)
    assert.equal(verdict.killed, true)
  })
}

const NOT_KILLED: readonly (readonly [string, Mutant, RegExp])[] = [
  ['all tests pass', mutantOf('<= 10', '<= 10.5'), /^it survives/],
  ['its text is not in the file', mutantOf('<= 12', '< 12'), /contains 0 times, not once: <= 12/],
  ['its text is there twice', mutantOf('return count', 'return 1'), /contains 2 times/],
  ['its file is gone', { ...mutantOf('<= 10', '< 10'), file: `${CHILDREN}/gone.ts` }, /gone.ts does not exist/],
  ['it changes nothing', mutantOf('<= 10', '<= 10'), /changes nothing/],
  ['it cannot be parsed', mutantOf('<= 10', '<= ('), /does not load with it/],
  [
    'it throws when it is loaded',
    mutantOf('/** `limit`', 'throw new Error("no")\n/** `limit`'),
    /does not load with it/,
  ],
  ['no test loads its file', { ...mutantOf('name', 'nom'), file: `${CHILDREN}/run-test-files.ts` }, /no test loads/],
  ['the tests hang, and no limit was chosen for it', mutantOf('count += 1', 'count += 0'), /^the tests hang/],
]

for (const [when, mutant, how] of NOT_KILLED) {
  test(`a mutant is not killed when ${when}`, async () => {
    const verdict = await runMutant(mutant, { limitMs: 2000 })
    assert.match(verdict.how, how)
    assert.equal(verdict.killed, false)
  })
}

test('what tests say about a mutant counts only where they pass without it, in its time', async () => {
  assert.equal(await problemWithout([mutantOf('<= 10', '< 10')]), undefined)
  assert.match((await problemWithout([mutantOf('<= 10', '< 10', { hangsMs: 1 })])) ?? '', /longer than 1 ms/)
  const failing = mutantOf('<= 10', '< 10', { tests: [`${CHILDREN}/failing-tests.ts`] })
  assert.match((await problemWithout([failing])) ?? '', /fails without a mutant: one is two/)
})

for (const [name, table] of Object.entries<readonly Mutant[]>(TABLES)) {
  test(`the mutants of ${name} are twelve or more, differ, and are where they say`, () => {
    assert.ok(table.length >= 12)
    assert.equal(new Set(table.map(({ file, from, to }) => JSON.stringify([file, from, to]))).size, table.length)
    assert.deepEqual(table.map(placeProblem).filter(Boolean), [])
    for (const { tests } of table) testFilesOf(tests)
    assert.ok(existsSync(new URL(`../../../chaos/mutants/${name}.test.ts`, import.meta.url)))
  })

  test(`a test notices the first mutant of ${name}`, async () => {
    const { killed, how } = await runMutant(table[0] ?? assert.fail())
    assert.ok(killed, how)
  })
}
