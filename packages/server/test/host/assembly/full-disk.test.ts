import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { assemble } from './support/assembled.ts'
import type { KmsClient, Reply } from './support/client.ts'
import { FillableFiles, noSmallDisk, SmallDisk } from './support/full-disk.ts'
import { losses, nothingAcknowledged, notOnce } from './support/load.ts'
import { dataPaths } from '../../../src/vault/storage/data-folder.ts'
import { Vault } from './support/vault.ts'

const REFUSED = '{"__type":"KMSInternalException"}'

test('while the audit log cannot be written nothing that reads is answered, and all is well once it can', async () => {
  await using vault = await Vault.create()
  const files = new FillableFiles()
  const answered: string[] = []
  {
    await using server = await assemble(vault.folder, { files: files.layer })
    using client = vault.client(server)
    const keyId = await client.createKey()
    files.full = true
    const refused = [
      ...(await Promise.all(Array.from({ length: 20 }, () => dataKey(client, keyId)))),
      await client.call('DescribeKey', { KeyId: keyId }),
      await client.call('ListKeys', {}),
      await client.call('GenerateRandom', { NumberOfBytes: 8 }),
      await client.call('Decrypt', { CiphertextBlob: 'AAAA' }),
    ]
    for (const { status, text } of refused) assert.deepEqual([status, text], [500, REFUSED])

    const change = { KeyId: keyId, Description: 'full' }
    const refusedChange = await client.call('UpdateKeyDescription', change)
    assert.deepEqual([refusedChange.status, refusedChange.text], [500, REFUSED])

    files.full = false
    answered.push((await recovered(() => dataKey(client, keyId))).requestId)
    answered.push((await recovered(() => client.call('UpdateKeyDescription', change))).requestId)
    assert.deepEqual(notOnce(answered, await vault.recordedRequestIds()), [])
  }
  const report = await vault.verify()
  assert.deepEqual([report.problems, report.unvouched], [[], 0])
})

test('changes are refused once one could not be recorded, and its record follows when it can be', async () => {
  await using vault = await Vault.create()
  const files = new FillableFiles()
  const answered: string[] = []
  {
    await using server = await assemble(vault.folder, { files: files.layer })
    using client = vault.client(server)
    const keyId = await client.createKey()
    files.full = true
    const describe = (): Promise<Reply> => client.call('UpdateKeyDescription', { KeyId: keyId, Description: 'full' })
    // Its record was in the database before it was known that the stream would reject it.
    const first = await describe()
    assert.equal(first.status, 200)
    answered.push(first.requestId)
    for (let tried = 0; tried < 20; tried++) {
      const reply = tried % 2 === 0 ? await describe() : await client.call('CreateKey', {})
      assert.deepEqual([reply.status, reply.text], [500, REFUSED])
      if (tried === 10) await sleep(1500) // longer than a stream waits before it tries again
    }
    assert.ok(!(await vault.recordedRequestIds()).includes(first.requestId))
    files.full = false
    answered.push((await recovered(describe)).requestId)
    assert.deepEqual(notOnce(answered, await vault.recordedRequestIds()), [])
  }
  const report = await vault.verify()
  assert.deepEqual([report.problems, report.unvouched], [[], 0])
})

test('while a disk hangs, what may wait in the outbox is bounded in time', async () => {
  await using vault = await Vault.create()
  const files = new FillableFiles()
  await using server = await assemble(vault.folder, { files: files.layer, backlog: { characters: 1e6, ageMs: 50 } })
  using client = vault.client(server)
  const keyId = await client.createKey()
  const release = files.hang()
  const waiting = client.call('UpdateKeyDescription', { KeyId: keyId, Description: 'waits' })
  using other = vault.client(server)
  // Answered while the first still waits: no commit was made for it.
  const untilRefused = async (): Promise<Reply> => {
    await sleep(300)
    return other.call('TagResource', { KeyId: keyId, Tags: [{ TagKey: 'a', TagValue: 'b' }] })
  }
  const refused = untilRefused()
  await sleep(400)
  release()
  assert.deepEqual([(await waiting).status, (await refused).status], [200, 500])
  assert.deepEqual((await recovered(() => client.call('ListResourceTags', { KeyId: keyId }))).body['Tags'], [])
})

test('with only the audit folder full, changes are refused like everything else', { skip: noSmallDisk() }, async () => {
  await using vault = await Vault.create()
  {
    await using disk = await SmallDisk.mountAt(dataPaths(vault.folder).audit, 4)
    await using server = await vault.start()
    using client = vault.client(server)
    const keyId = await client.createKey()
    await disk.fill()
    const statuses: number[] = []
    for (let tried = 0; tried < 40; tried++) {
      statuses.push((await client.call('CreateKey', {})).status)
      statuses.push((await client.call('UpdateKeyDescription', { KeyId: keyId, Description: 'full' })).status)
    }
    // The last block of the segment had room for some.
    const admitted = statuses.indexOf(500)
    assert.ok(admitted >= 0 && admitted < 40, String(statuses))
    assert.deepEqual(new Set(statuses.slice(admitted)), new Set([500]))
    await disk.empty()
    await recovered(() => client.call('CreateKey', {}))
    await server.stop()
    const report = await vault.verify()
    assert.deepEqual([report.problems, report.unvouched], [[], 0])
  }
})

test('strangers are refused too while their failures cannot be counted', async () => {
  await using vault = await Vault.create()
  const files = new FillableFiles()
  await using server = await assemble(vault.folder, { files: files.layer })
  files.full = true
  const stranger = { method: 'POST', body: '{}' }
  const answer = await fetch(server.endpoint, stranger)
  assert.deepEqual([answer.status, await answer.text()], [500, REFUSED])
  files.full = false
  assert.equal((await recovered(async () => replyOf(await fetch(server.endpoint, stranger)), 400)).status, 400)
})

test('on a disk that is really full nothing acknowledged is lost', { skip: noSmallDisk() }, async () => {
  await using disk = await SmallDisk.mount(4)
  await using vault = await Vault.in(disk.above)
  const acknowledged = nothingAcknowledged()
  await using server = await vault.start()
  using client = vault.client(server)
  const keyId = await client.createKey()

  await disk.fill()
  const refusals = await writeUntilRefused(client, keyId, acknowledged)
  assert.deepEqual(new Set(refusals), new Set([`500 ${REFUSED}`]))
  await disk.empty()

  await recovered(() => dataKey(client, keyId))
  await recovered(() => client.call('CreateKey', {}))
  assert.deepEqual(await losses(client, acknowledged), [])
  await server.stop()
  const report = await vault.verify()
  assert.deepEqual([report.problems, report.unvouched], [[], 0])
  assert.deepEqual(notOnce(acknowledged.requestIds, await vault.recordedRequestIds()), [])
})

/** Goes on until both reading and changing were refused many times. */
async function writeUntilRefused(
  client: KmsClient,
  keyId: string,
  acknowledged: ReturnType<typeof nothingAcknowledged>,
): Promise<string[]> {
  const refusals: string[] = []
  const taken = (reply: Reply): boolean => {
    if (reply.status === 200) acknowledged.requestIds.push(reply.requestId)
    else refusals.push(`${reply.status} ${reply.text}`)
    return reply.status === 200
  }
  for (let tries = 0; refusals.length < 60; tries++) {
    assert.ok(tries < 5000, 'the disk never became full')
    const [given, created] = await Promise.all([dataKey(client, keyId), client.call('CreateKey', {})])
    if (taken(given)) acknowledged.dataKeys.push(given.body as { Plaintext: string; CiphertextBlob: string })
    if (taken(created)) acknowledged.keys.push((created.body['KeyMetadata'] as { KeyId: string }).KeyId)
  }
  return refusals
}

function dataKey(client: KmsClient, keyId: string): Promise<Reply> {
  return client.call('GenerateDataKey', { KeyId: keyId, KeySpec: 'AES_256' })
}

/** A log that could not be written is tried again within a second or two. */
async function recovered<T extends { status: number }>(ask: () => Promise<T>, status = 200): Promise<T> {
  for (let tries = 0; tries < 40; tries++) {
    const reply = await ask()
    if (reply.status === status) return reply
    await sleep(100)
  }
  return assert.fail('the server did not recover')
}

async function replyOf(response: Response): Promise<{ status: number }> {
  await response.text()
  return response
}
