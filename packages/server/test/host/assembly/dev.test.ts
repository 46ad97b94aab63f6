import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { describe, test } from 'node:test'
import { dataPaths } from '../../../src/vault/storage/data-folder.ts'
import { RawClient } from '../http/fixture.ts'
import { temporaryFolder } from '../../vault/storage/sqlite/subject.ts'
import { advance, clientOf, DAY_SECONDS, now, started } from './support/dev.ts'
import { Vault } from './support/vault.ts'
import { wrapped } from './support/wrapped.ts'

describe('a development server', () => {
  test('answers neither a web page nor a request for a foreign host, on any path', async () => {
    await using server = await started({ clock: 'manual' })
    using client = clientOf(server)
    const good = client.wire('CreateKey', Buffer.from('{}')).toString('latin1')
    const advance = `POST /dev/clock HTTP/1.1\r\nhost: localhost\r\ncontent-length: 21\r\n\r\n{"advanceSeconds":60}`
    const status = async (request: string): Promise<number | undefined> =>
      (await new RawClient(server.port).send(request).answers(1))[0]?.status
    for (const request of [good, advance]) {
      assert.equal(await status(request), 200)
      assert.equal(await status(request.replace('\r\n', '\r\nOrigin: http://127.0.0.1\r\n')), 403)
      assert.equal(await status(request.replace('\r\n', '\r\nOrigin: null\r\n')), 403)
      assert.equal(await status(request.replace(/host: [^\r]*/, 'host: rebound.example')), 403)
      assert.equal(await status(request.replace(/host: [^\r]*/, 'host: 127.0.0.1.example')), 403)
    }
    assert.equal((await client.ok<{ Keys: unknown[] }>('ListKeys', {})).Keys.length, 1)
  })

  test('that enforces policies takes the names of accounts that have called, unless it is to take any', async () => {
    const naming = (AWS: string, Service = 'logs.amazonaws.com'): object => {
      const statement = {
        Effect: 'Allow',
        Principal: { AWS: ['111122223333', AWS], Service },
        Action: '*',
        Resource: '*',
      }
      return { Policy: JSON.stringify({ Version: '2012-10-17', Statement: [statement] }) }
    }
    const refused = 'MalformedPolicyDocumentException'
    await using server = await started({ enforce: true })
    using owner = clientOf(server, '111122223333')
    using partner = clientOf(server, '444455556666')
    await owner.ok('CreateKey', naming('000000000000'))
    assert.equal(await owner.fault('CreateKey', naming('444455556666')), refused)
    await partner.ok('ListKeys', {})
    await owner.ok('CreateKey', naming('444455556666'))
    assert.equal(await owner.fault('CreateKey', naming('000000000000', 'absent.example')), refused)
    await using lax = await started({ enforce: true, anyPrincipal: true })
    using other = clientOf(lax, '111122223333')
    await other.ok('CreateKey', naming('444455556666', 'absent.example'))
    assert.equal(await other.fault('CreateKey', naming('arn:aws-cn:iam::444455556666:root')), refused)
  })

  test('ages a key by 400 days and deletes it, as one watches over HTTP', async () => {
    await using server = await started({ clock: 'manual' })
    using client = clientOf(server)
    const [keyId, kept] = [await client.createKey(), await client.createKey()]
    await client.ok('CreateAlias', { AliasName: 'alias/doomed', TargetKeyId: keyId })
    const { CiphertextBlob } = await client.ok('GenerateDataKey', { KeyId: keyId, KeySpec: 'AES_256' })
    const before = await now(server)
    assert.equal((await advance(server, 400 * DAY_SECONDS)) - before, 400 * DAY_SECONDS)
    assert.equal(await client.keyState(keyId), 'Enabled')

    await client.ok('ScheduleKeyDeletion', { KeyId: keyId, PendingWindowInDays: 7 })
    await advance(server, 7 * DAY_SECONDS - 60)
    assert.equal(await client.keyState(keyId), 'PendingDeletion')
    await advance(server, 61)
    assert.equal(await client.fault('DescribeKey', { KeyId: keyId }), 'NotFoundException')
    assert.equal(await client.fault('DescribeKey', { KeyId: 'alias/doomed' }), 'NotFoundException')
    assert.match(await client.fault('Decrypt', { CiphertextBlob }), /NotFound|AccessDenied/)
    assert.equal(await client.keyState(kept), 'Enabled')
  })

  test('rotates keys and ends the life of imported material, as one watches over HTTP', async () => {
    await using server = await started({ clock: 'manual' })
    using client = clientOf(server)
    const keyId = await client.createKey()
    await client.ok('EnableKeyRotation', { KeyId: keyId, RotationPeriodInDays: 90 })
    const imported = await client.createKey({ Origin: 'EXTERNAL' })
    const ValidTo = (await now(server)) + 10 * DAY_SECONDS
    await client.ok('ImportKeyMaterial', { KeyId: imported, ...(await wrapped(client, imported)), ValidTo })
    await advance(server, 10 * DAY_SECONDS)
    assert.equal(await client.keyState(imported), 'PendingImport')
    await advance(server, 80 * DAY_SECONDS)
    const { Rotations } = await client.ok<{ Rotations: unknown[] }>('ListKeyRotations', { KeyId: keyId })
    assert.equal(Rotations.length, 1)
  })

  test('keeps accounts and regions apart', async () => {
    await using server = await started()
    using here = clientOf(server, '111111111111')
    using neighbour = clientOf(server, '222222222222')
    using abroad = clientOf(server, '111111111111', 'us-east-1')
    const keyId = await here.createKey()
    await here.ok('CreateAlias', { AliasName: 'alias/same', TargetKeyId: keyId })
    const { CiphertextBlob } = await here.ok('Encrypt', { KeyId: 'alias/same', Plaintext: 'c2VjcmV0' })
    for (const other of [neighbour, abroad]) {
      assert.equal(await other.fault('DescribeKey', { KeyId: keyId }), 'NotFoundException')
      assert.equal(await other.fault('Encrypt', { KeyId: 'alias/same', Plaintext: 'AA==' }), 'NotFoundException')
      assert.notEqual((await other.call('Decrypt', { CiphertextBlob })).status, 200)
      assert.notEqual((await other.call('DisableKey', { KeyId: keyId })).status, 200)
      assert.deepEqual((await other.ok<{ Keys: unknown[] }>('ListKeys', {})).Keys, [])
      await other.ok('CreateAlias', { AliasName: 'alias/same', TargetKeyId: await other.createKey() })
    }
    assert.equal(await here.keyState('alias/same'), 'Enabled')
    assert.equal((await here.ok('Decrypt', { CiphertextBlob }))['Plaintext'], 'c2VjcmV0')
  })

  test('deletes nothing for good while its database contradicts the ledger', async () => {
    const folder = await temporaryFolder()
    await using _ = { [Symbol.asyncDispose]: () => folder.remove() }
    const options = { folder: `${folder.path}/dev`, clock: 'manual' } as const
    await using server = await started(options)
    using client = clientOf(server)
    const [edited, other, later] = [await client.createKey(), await client.createKey(), await client.createKey()]
    for (const KeyId of [edited, other]) await client.ok('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 })
    await client.ok('ScheduleKeyDeletion', { KeyId: later, PendingWindowInDays: 30 })
    const database = new DatabaseSync(dataPaths(options.folder).database, { timeout: 5000 })
    const setDue = database.prepare("UPDATE stored_row SET due_ms = ? WHERE kind = 'key' AND id LIKE ?")
    const id = `%/${edited}`
    const due = database.prepare("SELECT due_ms FROM stored_row WHERE kind = 'key' AND id LIKE ?").get(id)?.['due_ms']
    setDue.run(1, id)
    await advance(server, 8 * DAY_SECONDS)
    assert.equal(await client.keyState(other), 'PendingDeletion')
    setDue.run(due ?? null, id)
    database.close()
    await advance(server, 1)
    for (const KeyId of [edited, other]) {
      assert.equal(await client.fault('DescribeKey', { KeyId }), 'NotFoundException')
    }
    assert.equal(await client.keyState(later), 'PendingDeletion')
  })
})

test('serve has no clock that a request could move', async () => {
  await using vault = await Vault.create()
  await using server = await vault.serve({ clock: 'manual' } as object)
  const answer = await fetch(`${server.endpoint}/dev/clock`, { method: 'POST', body: '{"advanceSeconds":1}' })
  assert.equal(answer.status, 404)
})
