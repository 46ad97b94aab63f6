import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { RawClient } from '../http/fixture.ts'
import { losses, nothingAcknowledged, notOnce, writeUntilGone } from './support/load.ts'
import { Vault } from './support/vault.ts'

test('SIGTERM answers what is under way, refuses what comes later, writes everything down and exits with 0', async () => {
  await using vault = await Vault.create()
  const acknowledged = nothingAcknowledged()
  await using server = await vault.start()
  using client = vault.client(server)
  const port = Number(client.endpoint.port)
  const keyId = await client.createKey()
  const wire = client.wire('GenerateDataKey', Buffer.from(JSON.stringify({ KeyId: keyId, KeySpec: 'AES_256' })))
  const halfSent = new RawClient(port).send(wire.subarray(0, -5).toString('latin1'))
  const writers = [writeUntilGone(client, acknowledged), writeUntilGone(client, acknowledged)]
  await sleep(300)

  server.kill('SIGTERM')
  await sleep(100)
  const late = new RawClient(port).send(wire.toString('latin1'))
  await late.closed
  assert.equal(late.text, '')
  const [answer] = await halfSent.send(wire.subarray(-5).toString('latin1')).answers(1)
  assert.equal(answer?.status, 200)
  acknowledged.requestIds.push(answer.headers.get('x-amzn-RequestId') ?? '')
  acknowledged.dataKeys.push(JSON.parse(answer.body) as (typeof acknowledged.dataKeys)[number])
  await Promise.all(writers)
  assert.deepEqual(await server.ended, { code: 0, signal: null })
  assert.equal(server.log, '')

  const report = await vault.verify()
  assert.deepEqual([report.problems, report.unvouched], [[], 0])
  assert.ok(report.streams.every(({ ended }) => ended))
  assert.deepEqual(notOnce(acknowledged.requestIds, await vault.recordedRequestIds()), [])
  await using again = await vault.start()
  using later = vault.client(again)
  assert.deepEqual(await losses(later, acknowledged), [])
})
