import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hangUps } from '../../src/serving/hang-ups.ts'

const hangUp = (): boolean => process.emit('SIGHUP', 'SIGHUP')

test('a signal that comes before there is an answer is answered then, several as one', async () => {
  using hungUp = hangUps()
  hangUp()
  hangUp()
  let answers = 0
  hungUp.answer(async () => void (answers += 1))
  await new Promise(setImmediate)
  assert.equal(answers, 1)
  hangUp()
  await new Promise(setImmediate)
  assert.equal(answers, 2)
})

test('answers do not overlap, and signals during one are one more', async () => {
  using hungUp = hangUps()
  const ends: (() => void)[] = []
  hungUp.answer(() => new Promise((resolve) => ends.push(resolve)))
  hangUp()
  hangUp()
  hangUp()
  assert.equal(ends.length, 1)
  ends[0]!()
  await new Promise(setImmediate)
  assert.equal(ends.length, 2)
  ends[1]!()
  await new Promise(setImmediate)
  assert.equal(ends.length, 2)
})

test('further signals are left to the system once it is disposed', () => {
  const before = process.listenerCount('SIGHUP')
  hangUps()[Symbol.dispose]()
  assert.equal(process.listenerCount('SIGHUP'), before)
})
