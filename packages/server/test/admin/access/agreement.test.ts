import assert from 'node:assert/strict'
import { test } from 'node:test'
import { agreeOver } from './support/agreement/agree.ts'

/** A sample of the thousands that `npm run chaos` checks. */
const SITUATIONS = 30
const FIRST_SEED = 1

test('in random situations, every access question agrees with the answers that requests get', async (t) => {
  const tally = await agreeOver(SITUATIONS, FIRST_SEED)
  t.diagnostic(JSON.stringify(tally))
  for (const [name, count] of Object.entries(tally)) assert.ok(count > 0, name)
})
