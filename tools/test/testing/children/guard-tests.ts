import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { counted, withinLimit } from './guard.ts'

const ASK = new URL('ask-guard.ts', import.meta.url)

test('ten are within the limit', () => assert.ok(withinLimit(10)))

test('three are counted', () => assert.equal(counted(3), 3))

test('a thread sees that eleven are too many', async () => {
  assert.deepEqual(await once(new Worker(ASK, { argv: ['limit'] }), 'exit'), [0])
})

test('a process counts four', () => {
  assert.equal(spawnSync(process.execPath, [fileURLToPath(ASK), 'count']).status, 0)
})
