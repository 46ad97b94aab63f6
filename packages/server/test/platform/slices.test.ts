import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Slices } from '../../src/platform/slices.ts'

test('one slice runs in a turn of the event loop, however many wait', async () => {
  const slices = new Slices()
  const order: string[] = []
  const resolved = ['a', 'b', 'c'].map((name) => slices.next().then(() => order.push(name)))
  for (let turn = 0; turn < 3; turn++) {
    setImmediate(() => order.push('-'))
    await new Promise((resolve) => setImmediate(resolve))
  }
  await Promise.all(resolved)
  assert.equal(order.join(''), 'a-b-c-')
})
