import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { untilRefused } from '../../../../../tools/testing/refused.ts'
import { type RawAnswer, RawClient } from '../http/fixture.ts'
import { type Acknowledged, losses, nothingAcknowledged, notOnce, writeUntilGone } from './support/load.ts'
import { Vault } from './support/vault.ts'

test('SIGTERM answers what is under way, refuses what comes later, writes everything down and exits with 0', async () => {
  await using vault = await Vault.create()
  const acknowledged = nothingAcknowledged()
  await using server = await vault.start()
  using client = vault.client(server)
  const port = Number(client.endpoint.port)
  const keyId = await client.createKey()
  const wire = client.wire('GenerateDataKey', Buffer.from(JSON.stringify({ KeyId: keyId, KeySpec: 'AES_256' })))
  // The server has read what arrived together with a request that it has answered.
  const halfSent = new RawClient(port).send(Buffer.concat([wire, wire.subarray(0, -5)]).toString('latin1'))
  acknowledge(acknowledged, await halfSent.answers(1))
  const writers = [writeUntilGone(client, acknowledged), writeUntilGone(client, acknowledged)]
  await sleep(300)

  server.kill('SIGTERM')
  await untilRefused(port)
  const late = new RawClient(port).send(wire.toString('latin1'))
  await late.closed
  assert.equal(late.text, '')
  acknowledge(acknowledged, await halfSent.send(wire.subarray(-5).toString('latin1')).answers(1))
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

function acknowledge(acknowledged: Acknowledged, [answer]: RawAnswer[]): void {
  assert.equal(answer?.status, 200)
  acknowledged.requestIds.push(answer.headers.get('x-amzn-RequestId') ?? '')
  acknowledged.dataKeys.push(JSON.parse(answer.body) as (typeof acknowledged.dataKeys)[number])
}
