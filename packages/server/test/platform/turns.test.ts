import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Turns } from '../../src/platform/turns.ts'

const refusal = (): Error => new Error('too many')

test('work goes one after another in its order, past what fails, and its outcome is passed on', async () => {
  const turns = new Turns({ waiting: 10, each: 10 })
  const log: string[] = []
  const work = (name: string) => async (): Promise<string> => {
    log.push(`${name} begins`)
    await new Promise(setImmediate)
    log.push(`${name} ends`)
    if (name === 'b') throw new Error('b failed')
    return name
  }
  const outcomes = await Promise.allSettled(['a', 'b', 'c'].map((name) => turns.take('one', work(name), refusal)))
  assert.deepEqual(log, ['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends'])
  assert.deepEqual(
    outcomes.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value : String(outcome.reason))),
    ['a', 'Error: b failed', 'c'],
  )
})

test('only so many wait, of one owner and of all, and places become free again', async () => {
  const turns = new Turns({ waiting: 3, each: 2 })
  const { promise, resolve } = Promise.withResolvers<void>()
  const take = (owner: string): Promise<void> => turns.take(owner, () => promise, refusal)
  const admitted = [take('one'), take('one')]
  await assert.rejects(take('one'), /too many/)
  admitted.push(take('two'))
  await assert.rejects(take('three'), /too many/)
  resolve()
  await Promise.all(admitted)
  await take('one')
})
