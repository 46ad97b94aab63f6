import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type AdminAnswer, text } from '../../../src/host/admin/listener.ts'
import { atItsOwnPace } from '../../../src/host/admin/own-pace.ts'
import { manualClock } from '../../support/manual-clock.ts'

test('those who ask while an answer is computed, or until a rest is over, share one that is begun afterwards', async () => {
  const begun: ((answer: AdminAnswer) => void)[] = []
  const rests: (() => void)[] = []
  const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))
  const handle = atItsOwnPace(
    () => new Promise<AdminAnswer>((resolve) => void begun.push(resolve)),
    manualClock(0),
    () => new Promise<void>((resolve) => void rests.push(resolve)),
  )
  const first = handle()
  await turn()
  const others = Array.from({ length: 1000 }, () => handle())
  await turn()
  assert.equal(begun.length, 1)
  begun[0]!(text(200, 'first'))
  assert.equal((await first).body, 'first')
  await turn()
  assert.equal(begun.length, 1, 'it rests')
  rests[0]!()
  await turn()
  assert.equal(begun.length, 2)
  begun[1]!(text(200, 'second'))
  for (const other of others) assert.equal((await other).body, 'second')
})

test('an answer that fails is a failure of those who asked for it, and of no one else', async () => {
  let calls = 0
  const handle = atItsOwnPace(
    () => (++calls === 1 ? Promise.reject(new Error('once')) : text(200, 'ok')),
    manualClock(0),
    () => Promise.resolve(),
  )
  await assert.rejects(async () => handle(), /once/)
  assert.equal((await handle()).body, 'ok')
})

test('a rest is as long as the answer was slow, and never long', async () => {
  const rests: number[] = []
  let nowMs = 0
  let tookMs = 4
  const handle = atItsOwnPace(
    () => {
      nowMs += tookMs
      return text(200, 'ok')
    },
    { monotonic: () => nowMs },
    (ms) => Promise.resolve(rests.push(ms)),
  )
  await handle()
  tookMs = 2000
  await handle()
  assert.deepEqual(rests, [60, 500])
})
