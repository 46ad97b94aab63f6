import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Directory } from '../../../src/identity/directory/directory.ts'
import { type ManualClock, manualClock } from '../../support/manual-clock.ts'
import { Throttle } from '../../../src/execution/throttle/throttle.ts'

const COUNTED = { accountId: '111122223333', region: 'eu-north-1' }
const RATES = { CreateKey: 5, GetParametersForImport: 0.25, TagResource: 10 }

function throttle(
  workers = 1,
  setting?: () => string,
): { clock: ManualClock; count: (group?: keyof typeof RATES) => Promise<number> } {
  const clock = manualClock(0)
  const directory = { setting: async () => setting?.() } as unknown as Directory
  const counter = new Throttle({ clock, directory }, workers)
  /** How many are admitted before one is refused. */
  const count = async (name: keyof typeof RATES = 'CreateKey'): Promise<number> => {
    const group = { name, perSecond: RATES[name] }
    for (let admitted = 0; ; admitted++) {
      try {
        await counter.admit({ ...COUNTED, group })
      } catch {
        return admitted
      }
    }
  }
  return { clock, count }
}

test('a second’s worth is admitted at once, then what time brings', async () => {
  const { clock, count } = throttle()
  assert.equal(await count(), 5)
  assert.equal(await count(), 0)
  clock.advance(199)
  assert.equal(await count(), 0)
  clock.advance(1)
  assert.equal(await count(), 1)
  clock.advance(3_600_000)
  assert.equal(await count(), 5)
})

test('less than one in a second is still one, and then a wait', async () => {
  const { clock, count } = throttle()
  assert.equal(await count('GetParametersForImport'), 1)
  clock.advance(3999)
  assert.equal(await count('GetParametersForImport'), 0)
  clock.advance(1)
  assert.equal(await count('GetParametersForImport'), 1)
})

test('workers share a rate', async () => {
  assert.equal(await throttle(2).count('TagResource'), 5)
  assert.equal(await throttle(100).count('TagResource'), 1)
})

test('a changed rate holds from the next request on', async () => {
  let body = '{"CreateKey":2}'
  const { clock, count } = throttle(1, () => body)
  assert.equal(await count(), 2)
  body = '{"CreateKey":100}'
  clock.advance(1000)
  assert.equal(await count(), 100)
  assert.equal(await count('TagResource'), 10)
})

test('in any stretch of time, no more is admitted than one second’s worth beyond the rate', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(700), { minLength: 1, maxLength: 40 }), async (pauses) => {
      const { clock, count } = throttle()
      let admitted = await count()
      for (const pause of pauses) {
        clock.advance(pause)
        admitted += await count()
      }
      assert.ok(admitted <= 5 + (clock.monotonic() / 1000) * 5 + 1e-6, `${admitted} in ${clock.monotonic()} ms`)
    }),
  )
})

test('an account whose decisions took more than their part of a second waits, and no other account does', () => {
  const clock = manualClock(0)
  const counter = new Throttle({ clock, directory: {} as Directory }, 2)
  const second = 5_000_000 / 2
  const { accountId } = COUNTED
  for (const steps of [second - 1, second]) {
    counter.admitDecision(accountId)
    counter.decided(accountId, steps)
  }
  const tooFast = { code: 'ThrottlingException' }
  assert.throws(() => counter.admitDecision(accountId), tooFast)
  counter.admitDecision('444455556666')
  clock.advance(999)
  assert.throws(() => counter.admitDecision(accountId), tooFast)
  clock.advance(2)
  counter.admitDecision(accountId)
})

test('the first hundred refusals of an account in a second are answered at once, further ones are held', () => {
  const clock = manualClock(0)
  const counter = new Throttle({ clock, directory: undefined as unknown as Directory }, 1)
  const prompt = Array.from({ length: 100 }, () => counter.holdMs('111122223333'))
  assert.deepEqual(new Set(prompt), new Set([0]))
  assert.equal(counter.holdMs('111122223333'), 100)
  assert.equal(counter.holdMs('444455556666'), 0, 'another account')
  clock.advance(1010)
  assert.equal(counter.holdMs('111122223333'), 0)
})

test('attack: on five hundred connections an account is refused no more often than a hundred times a second', () => {
  const clock = manualClock(0)
  const counter = new Throttle({ clock, directory: undefined as unknown as Directory }, 1)
  const freeAtMs = Array.from({ length: 500 }, () => 0)
  let refusals = 0
  for (let nowMs = 0; nowMs < 20_000; nowMs += 10, clock.advance(10)) {
    for (const [connection, atMs] of freeAtMs.entries()) {
      if (atMs > nowMs) continue
      refusals += 1
      freeAtMs[connection] = nowMs + Math.max(10, counter.holdMs('111122223333'))
    }
  }
  assert.ok(refusals <= 100 + 500 + 20 * 100, `${refusals} in 20 seconds`)
})

test('no answer is held for longer than five seconds, and who stops asking is answered at once soon after', () => {
  const clock = manualClock(0)
  const counter = new Throttle({ clock, directory: undefined as unknown as Directory }, 1)
  const holds = Array.from({ length: 10_000 }, () => counter.holdMs('111122223333'))
  assert.equal(Math.max(...holds), 5000)
  clock.advance(5010)
  assert.equal(counter.holdMs('111122223333'), 0)
})

test('an account that sends large bodies all the time waits, and bodies of usual sizes cost nothing', () => {
  const clock = manualClock(0)
  const counter = new Throttle({ clock, directory: { setting: async () => undefined } as unknown as Directory }, 1)
  const [tenant, other] = ['111122223333', '444455556666']
  const admitted = (accountId: string, bytes: number): number => {
    for (let count = 0; count < 10_000; count++) {
      try {
        counter.admitBody(accountId, bytes)
      } catch {
        return count
      }
    }
    return 10_000
  }
  assert.equal(admitted(tenant, 16 * 1024), 10_000)
  assert.equal(admitted(tenant, 1024 * 1024), 5)
  assert.equal(admitted(tenant, 16 * 1024 + 1), 0)
  assert.equal(admitted(other, 1024 * 1024), 5)
  clock.advance(1000)
  assert.equal(admitted(tenant, 1024 * 1024), 5)
})
