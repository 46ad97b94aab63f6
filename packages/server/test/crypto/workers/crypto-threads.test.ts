import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { sign, verify } from '../../../src/crypto/asymmetric/signatures.ts'
import { CryptoThreads } from '../../../src/crypto/workers/crypto-threads.ts'
import { WorkerPool } from '../../../src/crypto/workers/pool.ts'
import { algorithm } from '../../../src/domain/keys/algorithms.ts'
import { pkcs8, testKey } from '../support/keys.ts'
import { testThreads } from '../support/threads.ts'

const threads = testThreads()
const A = '111122223333'
const WORKER = new URL('../../../src/crypto/workers/crypto-worker.ts', import.meta.url)

test('a burst of slow signatures leaves the event loop free', async () => {
  const { key, spec } = testKey('ECC_NIST_P521')
  const request = {
    key,
    spec,
    algorithm: algorithm('SIGN_VERIFY', 'ECDSA_SHA_512') ?? assert.fail(),
    messageType: 'DIGEST',
    message: randomBytes(64),
  } as const
  await verify(request, await sign(request, threads), threads) // starts the thread
  let turns = 0
  const timer = setInterval(() => (turns += 1), 1)
  const signatures = await Promise.all(Array.from({ length: 40 }, () => sign(request, threads)))
  clearInterval(timer)
  assert.ok(turns >= 10, `${turns} turns of the event loop during 40 signatures`)
  assert.equal(new Set(signatures.map((bytes) => Buffer.from(bytes).toString('hex'))).size, 40)
})

test('no value ends a worker: it returns a failure and continues', async (t) => {
  const pool = new WorkerPool({ file: WORKER, size: 1, maxWaiting: 100 })
  t.after(() => pool.close())
  const junk = [{}, { key: 1 }, { key: testKey('RSA_2048').key, algorithm: 'X', digest: 7 }, { pkcs8: randomBytes(9) }]
  for (const name of ['signDigest', 'verifyDigest', 'decryptOaep', 'unwrapMaterial', 'rsaKeyFromImported']) {
    for (const input of junk)
      await pool.run(name, input).catch((error: Error) => assert.notEqual(error.name, 'ThreadsError'))
  }
  for (const name of ['toString', '__proto__', 'constructor', '']) {
    await assert.rejects(pool.run(name, {}), { message: `there is no task ${name}` })
  }
  const der = pkcs8(testKey('RSA_2048').key)
  const imported = await pool.run('rsaKeyFromImported', { pkcs8: Buffer.from(der) })
  assert.deepEqual(Buffer.from(imported as Uint8Array), der, 'the same worker still works')
})

test('a worker wipes the bytes that it received', async (t) => {
  // Shared memory is not transferred but visible to both sides, so that the wiping can be observed.
  const shared = new Uint8Array(new SharedArrayBuffer(8)).fill(9)
  const worker = new Worker(WORKER)
  t.after(() => worker.terminate())
  const answer = new Promise((resolve) => worker.once('message', resolve))
  worker.postMessage({ name: 'rsaKeyFromImported', input: { pkcs8: shared } })
  assert.equal(((await answer) as { ok: boolean }).ok, false)
  assert.deepEqual(
    Array.from(shared),
    Array.from({ length: 8 }, () => 0),
  )
})

test('tasks and native work together use no more cores than configured', async (t) => {
  const all = new CryptoThreads({ size: 1 })
  t.after(() => all.close())
  const own = all.for(A)
  let nativeEnded = false
  const native = own.native<void>((done) =>
    setTimeout(() => {
      nativeEnded = true
      done(null, undefined)
    }, 50),
  )
  const task = own.task('rsaKeyFromImported', { pkcs8: pkcs8(testKey('RSA_2048').key) }).then(() => nativeEnded)
  const generated = own.generateRsa<boolean>((done) => setImmediate(() => done(null, nativeEnded)))
  assert.equal(await generated, false, 'RSA pairs have separate slots')
  assert.equal(await task, true, 'the task waited for the core')
  await native
})

test("another account's pair is generated at once, however many pairs one account requests", async (t) => {
  const all = new CryptoThreads({ size: 1 })
  t.after(() => all.close())
  const ends: (() => void)[] = []
  const started: string[] = []
  const generate = (accountId: string): Promise<void> =>
    all.for(accountId).generateRsa((done) => {
      started.push(accountId)
      ends.push(() => done(null, undefined))
    })
  const pairs = Array.from({ length: 50 }, () => generate(A))
  pairs.push(generate('444455556666'))
  assert.deepEqual(started, [A, '444455556666'])
  const rest = Promise.all(pairs)
  while (ends.length > 0) {
    ends.shift()?.()
    await new Promise((resolve) => setImmediate(resolve))
  }
  await rest
})

test('closed threads accept nothing, and closing waits for running work', async () => {
  const all = new CryptoThreads({ size: 1 })
  const own = all.for(A)
  const task = own.task('rsaKeyFromImported', { pkcs8: pkcs8(testKey('RSA_2048').key) })
  const native = own.native<number>((done) => setImmediate(done, null, 1))
  const generated = own.generateRsa<number>((done) => setImmediate(done, null, 2))
  await all.close()
  const [imported, ...others] = await Promise.all([task, native, generated])
  assert.deepEqual(Buffer.from(imported ?? []), pkcs8(testKey('RSA_2048').key))
  assert.deepEqual(others, [1, 2])
  const closed = { name: 'ThreadsError', code: 'closed' }
  await assert.rejects(own.task('rsaKeyFromImported', { pkcs8: new Uint8Array() }), closed)
  await assert.rejects(
    own.native(() => assert.fail()),
    closed,
  )
  await assert.rejects(
    own.generateRsa(() => assert.fail()),
    closed,
  )
})

test('what node:crypto reports as an error rejects', async () => {
  await assert.rejects(
    threads.native((done) => done(new Error('reported'), undefined)),
    { message: 'reported' },
  )
})
