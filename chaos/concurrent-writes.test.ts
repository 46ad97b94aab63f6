/** Every write of IAM by 10 and by 50 at once, on one entity: what is answered, and that one of them at least succeeds. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { allAtOnce, IAM_WRITES, unmodelled } from '../packages/server/test/execution/support/at-once.ts'
import { SubstitutionWorld } from '../packages/server/test/execution/substitution/world.ts'

for (const copies of [10, 50]) {
  describe(`${copies} at once`, () => {
    let world: SubstitutionWorld
    before(async () => (world = await SubstitutionWorld.open()))
    after(() => world[Symbol.asyncDispose]())

    for (const name of IAM_WRITES) {
      test(name, async () => {
        const answers = await allAtOnce([name], copies, world)
        assert.deepEqual(unmodelled(answers), [])
        assert.ok(answers.some(({ status }) => status === 200))
      })
    }
  })
}
