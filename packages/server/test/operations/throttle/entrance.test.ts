import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { Entrance } from '../../../src/operations/throttle/entrance.ts'

test('few requests begin at once', () => {
  const entrance = new Entrance(3)
  for (const payer of ['a', 'a', 'b']) assert.equal(entrance.enter(payer), undefined)
})

test('of many, some begin in each turn of the event loop, and an account that comes late is not behind all of another', async () => {
  const entrance = new Entrance(2)
  const begun: string[] = []
  const enter = async (payer: string): Promise<void> => {
    await entrance.enter(payer)
    begun.push(payer)
  }
  const all = [...Array.from({ length: 20 }, () => enter('flood')), enter('late')]
  await setImmediate()
  await setImmediate()
  assert.ok(begun.length <= 6, `${begun.length} began`)
  assert.ok(begun.includes('late'))
  await Promise.all(all)
  assert.equal(begun.length, 21)
})
