import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { noSmallDisk, SmallDisk } from '../packages/server/test/host/assembly/support/full-disk.ts'
import {
  losses,
  nothingAcknowledged,
  notOnce,
  writeUntilGone,
} from '../packages/server/test/host/assembly/support/load.ts'
import { Vault } from '../packages/server/test/host/assembly/support/vault.ts'

const ROUNDS = 12

test('a disk that fills up and empties under load', { skip: noSmallDisk(), timeout: 600_000 }, async () => {
  await using disk = await SmallDisk.mount(64)
  await using vault = await Vault.in(disk.above)
  const acknowledged = nothingAcknowledged()
  const refusals: string[] = []
  for (let round = 0; round < ROUNDS; round++) {
    await using server = await vault.start()
    const clients = Array.from({ length: 4 }, () => vault.client(server))
    const writers = clients.map((client) => writeUntilGone(client, acknowledged, refusals))
    await sleep(300)
    await disk.fill()
    await sleep(500 + Math.random() * 1500)
    // Every other time it dies with its disk full.
    if (round % 2 === 0) await disk.empty()
    await sleep(1500)
    server.kill(round % 3 === 0 ? 'SIGTERM' : 'SIGKILL')
    await Promise.all([...writers, server.ended])
    for (const client of clients) client[Symbol.dispose]()
    if (round % 2 === 1) await disk.empty()
  }
  assert.deepEqual(new Set(refusals), new Set(['500 {"__type":"KMSInternalException"}']))
  await using server = await vault.start()
  using client = vault.client(server)
  assert.deepEqual(await losses(client, acknowledged), [])
  await server.stop()
  const report = await vault.verify()
  assert.deepEqual([report.problems, report.unvouched], [[], 0])
  assert.deepEqual(notOnce(acknowledged.requestIds, await vault.recordedRequestIds()), [])
})
