import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Backlog } from '../../src/audit/backlog.ts'
import { manualClock } from '../support/manual-clock.ts'

function backlog() {
  const clock = manualClock(0)
  return { clock, waiting: new Backlog(clock, { characters: 10, ageMs: 1000 }) }
}

test('as many characters as the limit may wait, and no more, until they are written', () => {
  const { waiting } = backlog()
  waiting.add(10)
  assert.equal(waiting.refusal, undefined)
  const cleared = waiting.beginClearing()
  waiting.add(1)
  assert.match(waiting.refusal ?? '', /too many/)
  cleared()
  assert.equal(waiting.refusal, undefined)
  waiting.add(9)
  assert.equal(waiting.refusal, undefined)
})

test('a record may wait for as long as the limit, and no longer', () => {
  const { clock, waiting } = backlog()
  waiting.add(1)
  clock.advance(600)
  waiting.add(1)
  clock.advance(400)
  assert.equal(waiting.refusal, undefined)
  clock.advance(1)
  assert.match(waiting.refusal ?? '', /too long/)
  waiting.beginClearing()()
  assert.equal(waiting.refusal, undefined)
})

test('what comes while others are written is as old as that; when nothing waits, nothing is old', () => {
  const { clock, waiting } = backlog()
  waiting.add(1)
  const cleared = waiting.beginClearing()
  clock.advance(500)
  waiting.add(1)
  cleared()
  clock.advance(501)
  assert.match(waiting.refusal ?? '', /too long/)
  waiting.beginClearing()()
  clock.advance(5000)
  waiting.add(1)
  assert.equal(waiting.refusal, undefined)
})
