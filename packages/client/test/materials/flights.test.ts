/** A cache that is asked by many at once. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Secret } from '@keyhold/protocol'
import { Envelope } from '../../src/index.ts'
import { CachingManager } from '../../src/materials/caching-manager.ts'
import type { MaterialsManager } from '../../src/materials/manager.ts'
import { TIMERS } from '../../src/materials/cache.ts'
import { COMMITTED, SUITES } from '../../src/message/suites.ts'
import { KmsKeyring } from '../../src/keyrings/kms-keyring.ts'
import { MemoryKms, refusal } from '../support/memory-kms.ts'
import { pattern } from '../support/messages.ts'

const encryptedDataKeys = [{ providerId: 'p', providerInfo: pattern(1), ciphertext: pattern(2) }]
const limits = { maxAgeMs: 60_000, maxMessages: 1000, maxBytes: 2 ** 20 }
const context = { tenant: 't-17' }
const toEncrypt = { suite: COMMITTED, context, plaintextBytes: 10 }
const toDecrypt = { suite: COMMITTED, context, encryptedDataKeys }

interface Asked {
  answer(): void
  fail(error: Error): void
  signal: AbortSignal | undefined
  secret: Secret
}

/** A manager that answers when it is told to. */
function waiting(overrides: Partial<typeof limits> = {}): { manager: CachingManager; asked: Asked[] } {
  const asked: Asked[] = []
  const ask = (signal: AbortSignal | undefined): Promise<Secret> => {
    const { promise, resolve, reject } = Promise.withResolvers<Secret>()
    const secret = Secret.of(pattern(32).map((byte) => byte ^ (asked.length + 1)))
    asked.push({ answer: () => resolve(secret), fail: reject, signal, secret })
    return promise
  }
  const inner: MaterialsManager = {
    toEncrypt: async (request) => ({
      dataKey: await ask(request.signal),
      encryptedDataKeys,
      context: request.context,
    }),
    toDecrypt: (request) => ask(request.signal),
  }
  return { manager: new CachingManager(inner, { ...limits, ...overrides }, TIMERS), asked }
}

const isWiped = (secret: Secret): boolean => secret.reveal().every((byte) => byte === 0)
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** What encrypting and decrypting have in common. */
const DIRECTIONS = [
  {
    name: 'encryption',
    ask: (manager: CachingManager, signal?: AbortSignal) =>
      manager.toEncrypt({ ...toEncrypt, signal }).then((materials) => materials.dataKey),
  },
  {
    name: 'decryption',
    ask: (manager: CachingManager, signal?: AbortSignal) => manager.toDecrypt({ ...toDecrypt, signal }),
  },
] as const

for (const { name, ask } of DIRECTIONS) {
  describe(`a cold cache for ${name}`, () => {
    test('asked 100 times at once makes one call, and gives each caller a copy', async () => {
      const { manager, asked } = waiting()
      const keys = Array.from({ length: 100 }, () => ask(manager))
      await settled()
      assert.equal(asked.length, 1)
      asked[0]!.answer()
      const copies = await Promise.all(keys)
      copies[0]!.wipe()
      assert.ok(copies.slice(1).every((copy) => !isWiped(copy)))
      assert.deepEqual(manager.stats, { callsSaved: 99, callsMade: 1, entries: 1, evictions: 0 })
      manager.clear()
      assert.ok(isWiped(asked[0]!.secret))
      assert.ok(copies.slice(1).every((copy) => !isWiped(copy)))
    })

    test('tells all of a failure, and asks again afterwards', async () => {
      const { manager, asked } = waiting()
      const keys = Array.from({ length: 3 }, () => ask(manager))
      await settled()
      asked[0]!.fail(new Error('the KMS is away'))
      for (const key of keys) await assert.rejects(key, /the KMS is away/)
      const again = ask(manager)
      await settled()
      asked[1]!.answer()
      assert.ok(!isWiped(await again))
    })

    test('lets go of a caller that aborts, the first one too, and serves the others', async () => {
      const { manager, asked } = waiting()
      const [first, third] = [new AbortController(), new AbortController()]
      const keys = [ask(manager, first.signal), ask(manager), ask(manager, third.signal)]
      await settled()
      first.abort(new Error('enough'))
      third.abort(new Error('me too'))
      await assert.rejects(keys[0]!, /enough/)
      await assert.rejects(keys[2]!, /me too/)
      assert.equal(asked[0]!.signal?.aborted, false)
      asked[0]!.answer()
      assert.ok(!isWiped(await keys[1]!))
    })

    test('aborts the call once every caller has aborted, and the next caller makes a new one', async () => {
      const { manager, asked } = waiting()
      const controller = new AbortController()
      const keys = [ask(manager, controller.signal), ask(manager, controller.signal)]
      await settled()
      controller.abort(new Error('enough'))
      for (const key of keys) await assert.rejects(key, /enough/)
      assert.equal(asked[0]!.signal?.aborted, true)
      const next = ask(manager)
      await settled()
      asked[0]!.answer() // late, and unused
      asked[1]!.answer()
      assert.ok(!isWiped(await next))
      assert.ok(isWiped(asked[0]!.secret))
    })

    test('asks nothing for a caller that has aborted before', async () => {
      const { manager, asked } = waiting()
      await assert.rejects(ask(manager, AbortSignal.abort(new Error('before'))), /before/)
      assert.equal(asked.length, 0)
    })

    test('that is cleared meanwhile serves those who wait, and holds nothing', async () => {
      const { manager, asked } = waiting()
      const key = ask(manager)
      await settled()
      manager.clear()
      asked[0]!.answer()
      assert.ok(!isWiped(await key))
      assert.equal(manager.stats.entries, 0)
      assert.ok(isWiped(asked[0]!.secret))
    })
  })
}

describe('the limits of one data key hold for callers at once', () => {
  /** Which of the data keys that were asked for each message got. */
  async function served(overrides: Partial<typeof limits>, sizes: readonly number[]): Promise<number[]> {
    const { manager, asked } = waiting(overrides)
    const results = sizes.map((plaintextBytes) => manager.toEncrypt({ ...toEncrypt, plaintextBytes }))
    await settled()
    for (const one of asked) one.answer()
    return (await Promise.all(results)).map(({ dataKey }) => dataKey.reveal()[0]! ^ pattern(1)[0]!)
  }

  test('of messages', async () => {
    assert.deepEqual(await served({ maxMessages: 3 }, Array(8).fill(10)), [1, 1, 1, 2, 2, 2, 3, 3])
  })

  test('of bytes', async () => {
    assert.deepEqual(await served({ maxBytes: 100 }, [60, 40, 60, 41, 10]), [1, 1, 2, 3, 3])
  })

  test('and what is left over is counted for later ones', async () => {
    const { manager, asked } = waiting({ maxMessages: 3 })
    const atOnce = [manager.toEncrypt(toEncrypt), manager.toEncrypt(toEncrypt)]
    await settled()
    asked[0]!.answer()
    await Promise.all(atOnce)
    await manager.toEncrypt(toEncrypt)
    assert.ok(isWiped(asked[0]!.secret))
    assert.equal(manager.stats.entries, 0)
  })

  test('and what must not be cached is not shared', async () => {
    const { manager, asked } = waiting({ maxBytes: 100 })
    const suite = SUITES.find(({ kdfHash }) => kdfHash === undefined)!
    const results = [
      ...[101, 101].map((plaintextBytes) => manager.toEncrypt({ ...toEncrypt, plaintextBytes })),
      ...[1, 2].map(() => manager.toEncrypt({ suite: COMMITTED, context })),
      ...[1, 2].map(() => manager.toDecrypt({ ...toDecrypt, suite })),
    ]
    await settled()
    assert.equal(asked.length, 6)
    for (const one of asked) one.answer()
    await Promise.all(results)
  })
})

test('100 messages at once through an envelope with a cold cache call the KMS once, each way', async () => {
  const kms = new MemoryKms()
  const keyring = new KmsKeyring({ kms, generator: kms.createKey() })
  const [writer, reader] = [new Envelope({ keyring, cache: limits }), new Envelope({ keyring, cache: limits })]
  const texts = Array.from({ length: 100 }, (_, number) => `order ${number}`)
  const messages = await Promise.all(texts.map((text) => writer.encryptText(text, { context })))
  const opened = await Promise.all(messages.map((message) => reader.decryptText(message, { expect: context })))
  assert.deepEqual(opened, texts)
  assert.deepEqual(
    kms.calls.map(({ operation }) => operation),
    ['GenerateDataKey', 'Decrypt'],
  )
  kms.failures.set(kms.calls[0]!.keyId, refusal('AccessDeniedException', 'GenerateDataKey'))
  const cold = new Envelope({ keyring, cache: limits })
  const refused = await Promise.allSettled(texts.map((text) => cold.encryptText(text, { context })))
  assert.ok(refused.every(({ status }) => status === 'rejected'))
  assert.equal(kms.calls.length, 3)
})
