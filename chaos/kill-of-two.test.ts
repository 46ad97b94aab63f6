import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { losses, nothingAcknowledged, writeUntilGone } from '../packages/server/test/host/assembly/support/load.ts'
import { Vault } from '../packages/server/test/host/assembly/support/vault.ts'

const ROUNDS = 15

test('one of two servers on a folder is killed again and again: the other goes on', { timeout: 600_000 }, async () => {
  await using vault = await Vault.create()
  const acknowledged = nothingAcknowledged()
  const steady = nothingAcknowledged()
  const refusals: string[] = []
  await using survivor = await vault.start()
  using client = vault.client(survivor)
  const survived = writeUntilGone(client, steady, refusals)
  for (let round = 0; round < ROUNDS; round++) {
    await using server = await vault.start()
    using other = vault.client(server)
    const writing = writeUntilGone(other, acknowledged, refusals)
    await sleep(200 + Math.random() * 800)
    server.kill('SIGKILL')
    await writing
  }
  await survivor.stop()
  await survived

  assert.deepEqual(refusals, [])
  await using last = await vault.start()
  using reader = vault.client(last)
  assert.deepEqual(await losses(reader, acknowledged), [])
  assert.deepEqual(await losses(reader, steady), [])
  await last.stop()
  const report = await vault.verify()
  assert.deepEqual([report.problems, report.unvouched], [[], 0])
  const recorded = new Set(await vault.recordedRequestIds())
  assert.deepEqual(
    [...acknowledged.requestIds, ...steady.requestIds].filter((id) => !recorded.has(id)),
    [],
  )
})
