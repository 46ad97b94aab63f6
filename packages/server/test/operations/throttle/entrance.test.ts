import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { Entrance } from '../../../src/operations/throttle/entrance.ts'

/** Requests of lines that are under way until `end` is called. */
function requests(entrance: Entrance): { begun: string[]; come(line: string, count: number): void; end(): void } {
  const begun: string[] = []
  const { promise, resolve } = Promise.withResolvers<void>()
  const work = (line: string) => async (): Promise<void> => {
    begun.push(line)
    await promise
  }
  return {
    begun,
    come: (line, count) => {
      for (let came = 0; came < count; came++) void entrance.pass(line, work(line))
    },
    end: resolve,
  }
}

test('no more requests begin in one turn of the event loop than may', async () => {
  const { begun, come } = requests(new Entrance({ usual: 3, shared: 3, hurried: 3 }))
  come('one', 10)
  assert.equal(begun.length, 0)
  for (const most of [3, 6, 9, 10, 10]) {
    await setImmediate()
    assert.equal(begun.length, most)
  }
})

test('whoever comes late begins in the next turn, however many wait before', async () => {
  const { begun, come } = requests(new Entrance({ usual: 3, shared: 3, hurried: 3 }))
  come('flood', 100)
  await setImmediate()
  come('late', 1)
  await setImmediate()
  assert.ok(begun.includes('late'), begun.join())
})

test('turns are short while more wait than fit and another line was here lately, be it under way or not', async () => {
  const { begun, come, end } = requests(new Entrance({ usual: 16, shared: 4, hurried: 4 }))
  come('flood', 100)
  await setImmediate()
  assert.equal(begun.length, 16, 'alone, a line has whole turns')
  come('other', 1)
  for (const most of [20, 24, 28]) {
    await setImmediate()
    assert.equal(begun.length, most)
  }
  assert.ok(begun.includes('other'))
  end()
  await setImmediate()
  const before = begun.length
  await setImmediate()
  assert.equal(begun.length, before + 4, 'another that asks now and then is not forgotten')
})

test('as many as fit into one turn begin in one, whosever they are', async () => {
  const { begun, come } = requests(new Entrance({ usual: 16, shared: 4, hurried: 4 }))
  for (const line of ['a', 'b', 'c', 'd']) come(line, 4)
  await setImmediate()
  assert.equal(begun.length, 16)
})

test('an error of the work is passed on, and its place is free again', async () => {
  const entrance = new Entrance({ usual: 16, shared: 4, hurried: 4 })
  await assert.rejects(
    entrance.pass('bad', () => Promise.reject(new Error('no'))),
    /no/,
  )
  const { begun, come } = requests(entrance)
  come('flood', 100)
  await setImmediate()
  assert.equal(begun.length, 16)
})

test('while a request of a line with no other is under way few of others begin, for as long as a usual answer takes', async () => {
  const { begun, come } = requests(new Entrance({ usual: 16, shared: 6, hurried: 2 }))
  come('flood', 200)
  await setImmediate()
  come('lone', 1)
  await setImmediate()
  assert.equal(begun[16], 'lone')
  const most = [begun.length - 16]
  for (let turn = 0; turn < 7; turn++) {
    const before = begun.length
    await setImmediate()
    most.push(begun.length - before)
  }
  assert.deepEqual(most, [2, 2, 2, 2, 2, 2, 6, 6])
})

test('lines that all ask for more than they get hurry nobody', async () => {
  const { begun, come } = requests(new Entrance({ usual: 16, shared: 6, hurried: 2 }))
  come('flood', 200)
  await setImmediate()
  come('other', 50)
  for (const most of [22, 28, 34]) {
    await setImmediate()
    assert.equal(begun.length, most)
  }
})
