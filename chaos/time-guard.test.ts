import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { MACHINE } from '../packages/server/test/jobs/support/guard-model.ts'
import { RUNS } from '../packages/server/test/jobs/support/guard-runs.ts'
import { explore, MUTANTS } from '../packages/server/test/jobs/support/explore-guard.ts'

/** What packages/server/test/jobs/time-guard-model.test.ts does, with longer orders of events: some minutes. */
describe('no order of events deletes a key early', () => {
  for (const [what, { events, chaosLength }] of Object.entries(RUNS)) {
    test(what, () => {
      const { trace, worlds } = explore(MACHINE, events, chaosLength)
      assert.equal(trace, undefined)
      assert.ok(worlds > 50_000, `only ${worlds} worlds`)
    })
  }
})

describe('the model finds that', () => {
  for (const [what, [run, change]] of Object.entries(MUTANTS)) {
    test(what, () => {
      const { events, chaosLength } = RUNS[run]
      const { trace } = explore({ ...MACHINE, ...change }, events, chaosLength)
      assert.ok(trace, 'no order of events shows it')
    })
  }
})
