import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { WorkerPool } from '../../../src/crypto/workers/pool.ts'

const file = new URL('children/scripted-worker.ts', import.meta.url)

function pool(t: TestContext, options: { size?: number; maxWaiting?: number } = {}): WorkerPool {
  const made = new WorkerPool({ file, size: 1, maxWaiting: 10, ...options })
  t.after(() => made.close())
  return made
}

const lost = { name: 'ThreadsError', code: 'lost' }

test('tasks are answered in order, including those that waited', async (t) => {
  const workers = pool(t)
  const order: unknown[] = []
  const tasks = [1, 2, 3].map((value) => workers.run('late', { value }).then((output) => order.push(output)))
  await Promise.all(tasks)
  assert.deepEqual(order, [1, 2, 3])
})

test('two threads run two tasks at once, and never three', async (t) => {
  const workers = pool(t, { size: 2 })
  const counters = new Int32Array(new SharedArrayBuffer(8))
  const value = counters.buffer
  await Promise.all([workers.run('meet', { value }), workers.run('meet', { value })]) // each ends once both run
  counters.fill(0)
  await Promise.all(Array.from({ length: 6 }, () => workers.run('count', { value })))
  const [running, most] = counters
  assert.deepEqual([running, most], [0, 2])
})

test('a thread that dies fails only its task, and is replaced for the next', async (t) => {
  const workers = pool(t)
  for (const way of ['die', 'throw']) {
    const [dead, next] = [workers.run(way, {}), workers.run('echo', { value: way })]
    await assert.rejects(dead, lost)
    assert.equal(await next, way)
  }
})

test('a task that arrives directly after the failure of a thread gets another thread', async (t) => {
  const workers = pool(t)
  const next = workers.run('throw', {}).catch(() => workers.run('echo', { value: 1 }))
  assert.equal(await next, 1)
})

test('threads that are renewed end after their tasks, and lose none that comes meanwhile', async (t) => {
  const workers = pool(t, { size: 2 })
  assert.equal(await workers.run('echo', { value: 'idle from here on' }), 'idle from here on')
  const running = workers.run('late', { value: 1 })
  const renewed = workers.renew()
  const next = workers.run('echo', { value: 2 })
  assert.deepEqual(await Promise.all([running, next, renewed]), [1, 2, undefined])
  const thread = await workers.run('thread', {})
  await workers.renew()
  assert.notEqual(await workers.run('thread', {}), thread)
})

test('a failed task leaves its thread running', async (t) => {
  const workers = pool(t)
  await assert.rejects(workers.run('fail', {}), { message: 'as it was told' })
  assert.equal(await workers.run('echo', { value: 1 }), 1)
})

test('a task that cannot be sent is rejected, and the next one runs', async (t) => {
  const workers = pool(t)
  await assert.rejects(workers.run('echo', { value: () => 1 }), (error: Error) => error.name === 'DataCloneError')
  assert.equal(await workers.run('echo', { value: 2 }), 2)
})

test('a file that is not a worker fails the task and nothing else', async () => {
  const workers = new WorkerPool({ file: new URL('children/missing.ts', import.meta.url), size: 1, maxWaiting: 1 })
  await assert.rejects(workers.run('echo', {}), lost)
  await assert.rejects(workers.run('echo', {}), lost)
  await workers.close()
})

test('tasks wait up to the limit, and one more is refused as busy', async (t) => {
  const workers = pool(t, { maxWaiting: 2 })
  const running = [1, 2, 3].map((value) => workers.run('late', { value }))
  await assert.rejects(workers.run('late', { value: 4 }), { name: 'ThreadsError', code: 'busy' })
  assert.deepEqual(await Promise.all(running), [1, 2, 3])
  assert.equal(await workers.run('late', { value: 5 }), 5)
})

test('closing completes every accepted task, and accepts no more', async () => {
  const workers = new WorkerPool({ file, size: 1, maxWaiting: 10 })
  const tasks = [1, 2].map((value) => workers.run('late', { value }))
  const closed = workers.close()
  await assert.rejects(workers.run('echo', {}), { name: 'ThreadsError', code: 'closed' })
  await closed
  assert.deepEqual(await Promise.all(tasks), [1, 2])
})

test('a pool that was never used closes', async () => {
  await new WorkerPool({ file, size: 1, maxWaiting: 1 }).close()
})
