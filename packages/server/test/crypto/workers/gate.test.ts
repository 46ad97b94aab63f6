import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Gate } from '../../../src/crypto/workers/gate.ts'
import { systemClock } from '../../../src/platform/system-clock.ts'

const clock = systemClock
const A = '111122223333'

/** Work that ends on demand. */
function work(): { run: () => Promise<string>; end: (value: string) => void; started: () => boolean } {
  const { promise, resolve } = Promise.withResolvers<string>()
  let started = false
  const run = (): Promise<string> => {
    started = true
    return promise
  }
  return { run, end: resolve, started: () => started }
}

test('as many run at once as there are slots, and the next starts when one has ended', async () => {
  const gate = new Gate({ slots: 2, maxWaiting: 10, clock })
  const [one, two, three] = [work(), work(), work()]
  const results = [gate.run(A, one.run), gate.run(A, two.run), gate.run(A, three.run)]
  assert.deepEqual([one.started(), two.started(), three.started()], [true, true, false])
  two.end('two')
  assert.equal(await results[1], 'two')
  await Promise.resolve()
  assert.equal(three.started(), true)
  one.end('one')
  three.end('three')
  assert.deepEqual(await Promise.all(results), ['one', 'two', 'three'])
})

test('failing work releases its slot', async () => {
  const gate = new Gate({ slots: 1, maxWaiting: 1, clock })
  await assert.rejects(
    gate.run(A, () => Promise.reject(new Error('no'))),
    { message: 'no' },
  )
  assert.equal(await gate.run(A, () => Promise.resolve(1)), 1)
})

test('work beyond the limit is refused as busy', async () => {
  const gate = new Gate({ slots: 1, maxWaiting: 1, clock })
  const [one, two, three] = [work(), work(), work()]
  const results = [gate.run(A, one.run), gate.run(A, two.run)]
  await assert.rejects(gate.run(A, three.run), { name: 'ThreadsError', code: 'busy' })
  one.end('one')
  two.end('two')
  await Promise.all(results)
  assert.equal(three.started(), false)
})

test('closing waits for running and waiting work, and accepts no more', async () => {
  const gate = new Gate({ slots: 1, maxWaiting: 1, clock })
  const [one, two] = [work(), work()]
  const results = [gate.run(A, one.run), gate.run(A, two.run)]
  const closed = gate.close()
  await assert.rejects(gate.run(A, work().run), { name: 'ThreadsError', code: 'closed' })
  one.end('one')
  two.end('two')
  await closed
  assert.deepEqual(await Promise.all(results), ['one', 'two'])
})
