import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { losses, nothingAcknowledged, notOnce, writeUntilGone } from './load.ts'
import type { Vault } from './vault.ts'

const CLIENTS = 6

/** Kills a server in the middle of a write loop, once for each time in milliseconds, and looks for what was lost. */
export async function killInWriteLoop(vault: Vault, roundsMs: readonly number[]): Promise<void> {
  const acknowledged = nothingAcknowledged()
  const refusals: string[] = []
  for (const roundMs of roundsMs) {
    await using server = await vault.start()
    const clients = Array.from({ length: CLIENTS }, () => vault.client(server))
    const writers = clients.map((client) => writeUntilGone(client, acknowledged, refusals))
    await sleep(roundMs)
    server.kill('SIGKILL')
    await Promise.all(writers)
    for (const client of clients) client[Symbol.dispose]()
    assert.deepEqual((await vault.verify()).problems, [])
  }
  assert.ok(acknowledged.requestIds.length > roundsMs.length * 20, 'hardly anything was written')
  await using server = await vault.start()
  using client = vault.client(server)
  assert.deepEqual(await losses(client, acknowledged), [])
  await server.stop()

  assert.deepEqual(refusals, [])
  const report = await vault.verify()
  assert.deepEqual([report.problems, report.unvouched], [[], 0])
  assert.deepEqual(notOnce(acknowledged.requestIds, await vault.recordedRequestIds()), [])
}
