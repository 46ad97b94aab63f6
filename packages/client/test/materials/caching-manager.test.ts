import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Secret } from '@keyhold/protocol'
import type { CacheTime } from '../../src/materials/cache.ts'
import { CachingManager } from '../../src/materials/caching-manager.ts'
import type { MaterialsManager } from '../../src/materials/manager.ts'
import { COMMITTED, SUITES } from '../../src/message/suites.ts'
import { pattern } from '../support/messages.ts'

const encryptedDataKeys = [{ providerId: 'p', providerInfo: pattern(1), ciphertext: pattern(2) }]
const limits = { maxAgeMs: 1000, maxMessages: 10, maxBytes: 1000 }
const context = { tenant: 't-17' }

/** Time that does not advance until it is moved, and then runs what was due. */
class ManualTime implements CacheTime {
  #nowMs = 0
  #tasks = new Map<() => void, number>()

  now(): number {
    return this.#nowMs
  }

  later(delayMs: number, task: () => void): () => void {
    this.#tasks.set(task, this.#nowMs + delayMs)
    return () => this.#tasks.delete(task)
  }

  advance(ms: number): void {
    this.#nowMs += ms
    for (const [task, dueMs] of this.#tasks) {
      if (dueMs <= this.#nowMs && this.#tasks.delete(task)) task()
    }
  }

  get waiting(): number {
    return this.#tasks.size
  }
}

function caching(overrides: Partial<typeof limits> & { maxEntries?: number } = {}): {
  manager: CachingManager
  time: ManualTime
  made: Secret[]
} {
  const made: Secret[] = []
  const make = (): Secret => {
    const secret = Secret.of(pattern(32).map((byte) => byte ^ (made.length + 1)))
    made.push(secret)
    return secret
  }
  const inner: MaterialsManager = {
    toEncrypt: (request) => Promise.resolve({ dataKey: make(), encryptedDataKeys, context: request.context }),
    toDecrypt: () => Promise.resolve(make()),
  }
  const time = new ManualTime()
  return { manager: new CachingManager(inner, { ...limits, ...overrides }, time), time, made }
}

const isWiped = (secret: Secret): boolean => secret.reveal().every((byte) => byte === 0)
const request = { suite: COMMITTED, context, plaintextBytes: 10 }

describe('a cache for encryption', () => {
  test('gives one data key to so many messages, and wipes it then', async () => {
    const { manager, made } = caching({ maxMessages: 3 })
    for (let message = 0; message < 7; message++) {
      using dataKey = (await manager.toEncrypt(request)).dataKey
      assert.ok(!isWiped(dataKey))
    }
    assert.equal(made.length, 3)
    assert.deepEqual(made.map(isWiped), [true, true, false])
    assert.deepEqual(manager.stats, { callsSaved: 4, callsMade: 3, entries: 1, evictions: 2 })
  })

  test('gives copies: what a caller wipes is still there for the next', async () => {
    const { manager } = caching()
    const first = await manager.toEncrypt(request)
    first.dataKey.wipe()
    assert.ok(!isWiped((await manager.toEncrypt(request)).dataKey))
  })

  test('never lets a data key encrypt more bytes than allowed', async () => {
    const { manager, made } = caching({ maxBytes: 100 })
    for (const plaintextBytes of [60, 40]) await manager.toEncrypt({ ...request, plaintextBytes })
    assert.equal(made.length, 1)
    assert.ok(isWiped(made[0]!))
    await manager.toEncrypt({ ...request, plaintextBytes: 60 })
    await manager.toEncrypt({ ...request, plaintextBytes: 41 })
    assert.equal(made.length, 3)
  })

  test('does not cache a data key that one message uses up, or one of a message of unknown length', async () => {
    const { manager, made } = caching({ maxBytes: 100 })
    await manager.toEncrypt({ ...request, plaintextBytes: 101 })
    await manager.toEncrypt({ suite: COMMITTED, context })
    assert.equal(made.length, 2)
    assert.equal(manager.stats.entries, 0)
  })

  test('holds no data key that would be used itself, as messages would share their IVs', async () => {
    const { manager } = caching()
    const suite = SUITES.find(({ kdfHash }) => kdfHash === undefined)!
    await manager.toEncrypt({ ...request, suite })
    await manager.toDecrypt({ suite, context, encryptedDataKeys })
    assert.equal(manager.stats.entries, 0)
  })

  test('keeps apart what differs in context or suite', async () => {
    const { manager, made } = caching()
    await manager.toEncrypt(request)
    await manager.toEncrypt({ ...request, context: { tenant: 't-18' } })
    await manager.toEncrypt({ ...request, suite: SUITES.at(-1)! })
    assert.equal(made.length, 3)
  })

  test('wipes a data key at its maximum age, even if it is not used any more', async () => {
    const { manager, made, time } = caching()
    await manager.toEncrypt(request)
    time.advance(999)
    await manager.toEncrypt({ ...request, context: {} })
    assert.ok(!isWiped(made[0]!))
    time.advance(1)
    assert.ok(isWiped(made[0]!))
    assert.ok(!isWiped(made[1]!))
    time.advance(999)
    assert.ok(isWiped(made[1]!))
    assert.equal(time.waiting, 0)
  })

  test('makes room by wiping what was used longest ago', async () => {
    const { manager, made } = caching({ maxEntries: 2 })
    const ask = (tenant: string): Promise<unknown> => manager.toEncrypt({ ...request, context: { tenant } })
    await ask('a')
    await ask('b')
    await ask('a')
    await ask('c')
    assert.deepEqual(made.map(isWiped), [false, true, false])
  })

  test('wipes everything when it is cleared', async () => {
    const { manager, made, time } = caching()
    await manager.toEncrypt(request)
    await manager.toDecrypt({ suite: COMMITTED, context, encryptedDataKeys })
    manager.clear()
    assert.ok(isWiped(made[0]!))
    assert.deepEqual([manager.stats.entries, time.waiting], [0, 0])
  })
})

describe('a cache for decryption', () => {
  const asked = { suite: COMMITTED, context, encryptedDataKeys }

  test('opens a data key once within its age', async () => {
    const { manager, made, time } = caching()
    const [first, second] = [await manager.toDecrypt(asked), await manager.toDecrypt(asked)]
    assert.deepEqual(first.reveal(), second.reveal())
    assert.equal(made.length, 1)
    time.advance(1000)
    await manager.toDecrypt(asked)
    assert.equal(made.length, 2)
    assert.deepEqual(manager.stats, { callsSaved: 1, callsMade: 2, entries: 1, evictions: 1 })
  })

  test('asks again for another context or other encrypted data keys: what was opened proves nothing of them', async () => {
    const { manager, made } = caching()
    await manager.toDecrypt(asked)
    await manager.toDecrypt({ ...asked, context: {} })
    await manager.toDecrypt({ ...asked, encryptedDataKeys: [...encryptedDataKeys, ...encryptedDataKeys] })
    assert.equal(made.length, 3)
  })
})

test('a cache without limits is refused', () => {
  for (const name of ['maxAgeMs', 'maxMessages', 'maxBytes', 'maxEntries']) {
    for (const value of [0, -1, Number.NaN]) {
      assert.throws(() => caching({ [name]: value }), { code: 'INVALID_ARGUMENT' }, name)
    }
  }
  assert.throws(() => caching({ maxBytes: undefined as never }), { code: 'INVALID_ARGUMENT' })
})
