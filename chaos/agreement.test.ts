import assert from 'node:assert/strict'
import { test } from 'node:test'
import { agreeOver } from '../packages/server/test/admin/access/support/agreement/agree.ts'

/** In parts, each with seeds of its own: what disagrees is named with the seed that repeats it. */
const PARTS = 10
const SITUATIONS = 500
const SEEDS_OF_PART = 1000

for (let part = 1; part <= PARTS; part++) {
  test(`every way of asking who may do what agrees with the answers, in random situations (part ${part})`, async (t) => {
    const tally = await agreeOver(SITUATIONS, part * SEEDS_OF_PART)
    t.diagnostic(JSON.stringify(tally))
    for (const [name, count] of Object.entries(tally)) assert.ok(count > 0, name)
  })
}
