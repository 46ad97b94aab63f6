import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { MACHINE } from './support/guard-model.ts'
import { RUNS } from './support/guard-runs.ts'
import { explore, MUTANTS } from './support/explore-guard.ts'

/**
 * The guard of what cannot be undone, in every order of events up to a length, against one property: no key is deleted
 * earlier than its window in true time, unless an operator said what is not true. chaos/time-guard.test.ts has longer orders.
 */
describe('no order of events deletes a key early', () => {
  for (const [what, { events, length }] of Object.entries(RUNS)) {
    test(what, () => {
      const { trace, worlds } = explore(MACHINE, events, length)
      assert.equal(trace, undefined)
      assert.ok(worlds > 1000, `only ${worlds} worlds`)
    })
  }
})

/** Those that short orders of events show. */
const QUICK = [
  'the date alone counts',
  'one step has no limit',
  'a stop counts unasked',
  'wall time counts while the machine runs',
]

describe('the model finds that', () => {
  for (const what of QUICK) {
    test(what, () => {
      const [run, change] = MUTANTS[what] ?? assert.fail()
      const { trace } = explore({ ...MACHINE, ...change }, RUNS[run].events, RUNS[run].length)
      assert.ok(trace, 'no order of events shows it')
    })
  }
})
