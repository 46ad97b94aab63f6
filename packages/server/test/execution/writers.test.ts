import assert from 'node:assert/strict'
import { setImmediate } from 'node:timers/promises'
import { test } from 'node:test'
import { Writers } from '../../src/execution/writers.ts'
import { fixedRandom } from '../support/fixed-random.ts'

/** Work that ends when it is told to, and what began so far. */
function stage() {
  const began: string[] = []
  const ends = new Map<string, () => void>()
  const work = (name: string) => async (): Promise<string> => {
    began.push(name)
    await new Promise<void>((resolve) => ends.set(name, resolve))
    return name
  }
  const end = async (name: string): Promise<void> => {
    ends.get(name)?.()
    await setImmediate()
  }
  return { began, work, end }
}

const writers = (): Writers => new Writers({ random: fixedRandom(new Uint8Array()) })

test('commits run concurrently, and an exclusive one waits for them and runs alone', async () => {
  const { began, work, end } = stage()
  const all = writers()
  void all.together(work('a'))
  void all.together(work('b'))
  void all.alone('account', work('alone'))
  void all.together(work('late'))
  await setImmediate()
  assert.deepEqual(began, ['a', 'b'])
  await end('a')
  assert.deepEqual(began, ['a', 'b'])
  await end('b')
  assert.deepEqual(began, ['a', 'b', 'alone'])
  await end('alone')
  assert.deepEqual(began, ['a', 'b', 'alone', 'late'])
  await end('late')
})

test('all that wait commit between two changes that are made alone: neither sort waits for ever', async () => {
  const { began, work, end } = stage()
  const all = writers()
  void all.alone('account', work('alone 1'))
  void all.alone('account', work('alone 2'))
  void all.together(work('a'))
  void all.together(work('b'))
  await setImmediate()
  assert.deepEqual(began, ['alone 1'])
  await end('alone 1')
  void all.together(work('late'))
  await setImmediate()
  assert.deepEqual(began, ['alone 1', 'a', 'b'])
  await end('a')
  await end('b')
  assert.deepEqual(began, ['alone 1', 'a', 'b', 'alone 2'])
  await end('alone 2')
  assert.deepEqual(began.at(-1), 'late')
  await end('late')
})

test('accounts take turns to be alone, however many changes one of them has', async () => {
  const { began, work, end } = stage()
  const all = writers()
  for (let index = 1; index <= 4; index++) void all.alone('busy', work(`busy ${index}`))
  void all.alone('quiet', work('quiet'))
  for (let index = 1; index <= 5; index++) {
    await setImmediate()
    await end(began.at(-1) ?? '')
  }
  assert.deepEqual(began.slice(2).length, 3)
  assert.ok(began.indexOf('quiet') <= 2, began.join(', '))
})

test('a failed change does not block others', async () => {
  const all = writers()
  const failing = (): Promise<never> => Promise.reject(new Error('no'))
  await assert.rejects(all.together(failing), /no/)
  await assert.rejects(all.alone('account', failing), /no/)
  assert.equal(await all.together(() => Promise.resolve('yes')), 'yes')
  assert.equal(await all.alone('account', () => Promise.resolve('yes')), 'yes')
})

test('rests grow to a limit, and chance has its part in them', async () => {
  const rests: number[] = []
  const bytes = [255, 255, 128, 0]
  const random = { ...fixedRandom(new Uint8Array()), bytes: () => Uint8Array.of(bytes.shift() ?? 0) }
  const all = new Writers({ random, wait: (ms) => Promise.resolve(rests.push(ms)) })
  for (const attempt of [1, 20, 20, 20]) await all.rest(attempt)
  assert.deepEqual(
    rests.map((ms) => Math.round(ms)),
    [2, 64, 32, 0],
  )
})
