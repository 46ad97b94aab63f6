import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { Entrance, type TurnSizes } from '../../../src/execution/throttle/entrance.ts'

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

test('late requests begin in the next turn, even if many wait before them', async () => {
  const { begun, come } = requests(entrance({ usual: 3, shared: 3, hurried: 3 }))
  come('flood', 100)
  await setImmediate()
  come('late', 1)
  await setImmediate()
  assert.ok(begun.includes('late'), begun.join())
})

/** Turns in which another line had work, after which turns count as shared. */
const SHARED_TURNS = 20

test('turns are short while more wait than fit and another line is under way for some time, and a while after', async () => {
  const { begun, come, end } = requests(entrance({ usual: 16, shared: 4, hurried: 16 }))
  const begunInTurn = async (): Promise<number> => {
    const before = begun.length
    await setImmediate()
    return begun.length - before
  }
  come('flood', 1000)
  assert.equal(await begunInTurn(), 16, 'alone, a line has whole turns')
  come('other', 1)
  for (let turn = 1; turn < SHARED_TURNS; turn++) assert.equal(await begunInTurn(), 16, `turn ${turn}`)
  assert.ok(begun.includes('other'))
  for (let turn = 0; turn < 3; turn++) assert.equal(await begunInTurn(), 4)
  end()
  await setImmediate()
  assert.equal(await begunInTurn(), 4, 'another that asks now and then is not forgotten')
})

test('lines that are gone after a few turns, as those of new connections are, make no turn short', async () => {
  const passage = entrance({ usual: 16, shared: 4, hurried: 16 })
  const { begun, come } = requests(passage)
  come('flood', 1000)
  for (let turn = 0; turn < 10; turn++) {
    await Promise.all([passage.pass('new', () => Promise.resolve()), setImmediate()])
  }
  const before = begun.length
  await setImmediate()
  assert.equal(begun.length, before + 16)
})

test('as many requests as fit into one turn begin in one turn, even if from different lines', async () => {
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
  assert.deepEqual(most, [2, 2, 2, 2, 2, 2, 16, 16])
})

test('lines that all ask for more than they get do not shorten turns', async () => {
  const { begun, come } = requests(entrance({ usual: 16, shared: 6, hurried: 2 }))
  come('flood', 200)
  await setImmediate()
  come('other', 50)
  for (const most of [32, 48, 64]) {
    await setImmediate()
    assert.equal(begun.length, most)
  }
})

test('says when several lines ask, and when one alone has asked for a while', async () => {
  const said: boolean[] = []
  const { promise, resolve } = Promise.withResolvers<void>()
  const passage = entrance({ usual: 2, shared: 1, hurried: 1 }, (isShared) => said.push(isShared))
  const other = passage.pass('other', () => promise)
  const ask = async (times: number): Promise<void> => {
    for (let asked = 0; asked < times; asked++) await passage.pass('one', () => Promise.resolve())
  }
  await ask(SHARED_TURNS - 1)
  assert.deepEqual(said, [])
  await ask(2)
  assert.deepEqual(said, [true])
  resolve()
  await other
  await ask(600)
  assert.deepEqual(said, [true])
  await ask(10_000)
  assert.deepEqual(said, [true, false])
})
