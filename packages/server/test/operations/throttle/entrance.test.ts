import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { Entrance, type TurnSizes } from '../../../src/operations/throttle/entrance.ts'

function entrance(sizes: TurnSizes, onShared = (_isShared: boolean): void => {}): Entrance {
  return new Entrance({ sizes, onShared })
}

/** Requests of lines that are under way until `end` is called. */
function requests(into: Entrance): { begun: string[]; come(line: string, count: number): void; end(): void } {
  const begun: string[] = []
  const { promise, resolve } = Promise.withResolvers<void>()
  const work = (line: string) => async (): Promise<void> => {
    begun.push(line)
    await promise
  }
  return {
    begun,
    come: (line, count) => {
      for (let came = 0; came < count; came++) void into.pass(line, work(line))
    },
    end: resolve,
  }
}

test('no more requests begin in one turn of the event loop than may', async () => {
  const { begun, come } = requests(entrance({ usual: 3, shared: 3, hurried: 3 }))
  come('one', 10)
  assert.equal(begun.length, 0)
  for (const most of [3, 6, 9, 10, 10]) {
    await setImmediate()
    assert.equal(begun.length, most)
  }
})

test('whoever comes late begins in the next turn, however many wait before', async () => {
  const { begun, come } = requests(entrance({ usual: 3, shared: 3, hurried: 3 }))
  come('flood', 100)
  await setImmediate()
  come('late', 1)
  await setImmediate()
  assert.ok(begun.includes('late'), begun.join())
})

test('turns are short while more wait than fit and another line was here lately, be it under way or not', async () => {
  const { begun, come, end } = requests(entrance({ usual: 16, shared: 4, hurried: 4 }))
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
  const { begun, come } = requests(entrance({ usual: 16, shared: 4, hurried: 4 }))
  for (const line of ['a', 'b', 'c', 'd']) come(line, 4)
  await setImmediate()
  assert.equal(begun.length, 16)
})

test('an error of the work is passed on, and its place is free again', async () => {
  const passage = entrance({ usual: 16, shared: 4, hurried: 4 })
  await assert.rejects(
    passage.pass('bad', () => Promise.reject(new Error('no'))),
    /no/,
  )
  const { begun, come } = requests(passage)
  come('flood', 100)
  await setImmediate()
  assert.equal(begun.length, 16)
})

test('while a request of a line with no other is under way few of others begin, for as long as a usual answer takes', async () => {
  const { begun, come } = requests(entrance({ usual: 16, shared: 6, hurried: 2 }))
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
  const { begun, come } = requests(entrance({ usual: 16, shared: 6, hurried: 2 }))
  come('flood', 200)
  await setImmediate()
  come('other', 50)
  for (const most of [22, 28, 34]) {
    await setImmediate()
    assert.equal(begun.length, most)
  }
})

test('says when several lines begin to ask, and not again while they do', async () => {
  const said: boolean[] = []
  const { come } = requests(entrance({ usual: 2, shared: 1, hurried: 1 }, (isShared) => said.push(isShared)))
  come('one', 4)
  await setImmediate()
  assert.deepEqual(said, [])
  come('other', 2)
  for (let turns = 0; turns < 4; turns++) await setImmediate()
  assert.deepEqual(said, [true])
})

test('says when one line alone has asked for a while', async () => {
  const said: boolean[] = []
  const passage = entrance({ usual: 2, shared: 1, hurried: 1 }, (isShared) => said.push(isShared))
  await Promise.all(['one', 'other'].map((line) => passage.pass(line, () => Promise.resolve())))
  for (let turns = 0; turns < 10_001; turns++) await passage.pass('one', () => Promise.resolve())
  assert.deepEqual(said, [true, false])
})
