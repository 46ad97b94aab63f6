import assert from 'node:assert/strict'
import { test } from 'node:test'
import { drawn } from '../../../../../../tools/testing/draws.ts'
import { needs } from '../../../../../../tools/testing/needs.ts'
import { KINDS, LOSSES } from '../../../support/losses.ts'
import { waysWorld } from '../../../support/ways-world.ts'

const skip = needs('softhsm2', 'pkcs11js', 'swtpm', 'tpm2-tools', 'systemd-creds')
const world = skip === false ? await waysWorld() : undefined

// Drawn twice: each row tries every way.
for (const { what, lose, fails, left = KINDS } of drawn(drawn(LOSSES))) {
  test(`without ${what}, the root opens by every other way`, { skip }, async () => {
    assert.ok(world)
    const giveBack = await lose(world)
    try {
      const expected = Object.fromEntries(left.map((kind) => [kind, fails[kind] ?? 'opens']))
      assert.deepEqual(await world.verdicts(), expected)
    } finally {
      await giveBack?.()
    }
  })
}

test('what was lost and is back opens again', { skip }, async () => {
  assert.deepEqual(await world?.verdicts(), Object.fromEntries(KINDS.map((kind) => [kind, 'opens'])))
})
