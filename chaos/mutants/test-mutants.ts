import assert from 'node:assert/strict'
import { test } from 'node:test'
import { problemWithout, runMutant } from '../../tools/testing/mutants/run-mutant.ts'
import { TABLES } from './tables.ts'

/** Registers a test for each mutant of a table: its tests must notice it, and pass without it. */
export function testMutants(name: keyof typeof TABLES): void {
  test('the tests pass without a mutant', async () => assert.equal(await problemWithout(TABLES[name]), undefined))

  for (const mutant of TABLES[name]) {
    const hangs = mutant.hangsMs === undefined ? '' : `; hangs, and is ended after ${mutant.hangsMs} ms`
    test(`a test notices: ${mutant.description} (${mutant.file}${hangs})`, async (t) => {
      const { killed, how } = await runMutant(mutant)
      assert.ok(killed, how)
      t.diagnostic(how)
    })
  }
}
