import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { dev } from '../../../src/index.ts'
import { temporaryFolder } from '../../vault/storage/sqlite/subject.ts'
import { RawClient } from '../http/fixture.ts'
import { advance, clientOf, credentialsIn, DAY_SECONDS, now, query, started } from './support/dev.ts'
import { KmsClient } from './support/client.ts'
import { Vault } from './support/vault.ts'

const ID = '1234abcd-12ab-34cd-56ef-1234567890ab'
const SEED = `keys: [{ id: ${ID}, region: eu-central-1, aliases: [alias/app] }]`

describe('a development server that is reset', () => {
  test('has the keys of its start, with their material, aliases and states, and no others', async () => {
    await using server = await dev({ port: 0, logLevel: 'silent', seed: SEED, clock: 'manual' })
    using client = clientOf(server)
    const [before, startedAt] = [await client.ok('DescribeKey', { KeyId: ID }), await now(server)]
    const { CiphertextBlob } = await client.ok('Encrypt', { KeyId: ID, Plaintext: 'AAAA' })
    const made = await client.createKey()
    await client.ok('CreateGrant', { KeyId: ID, GranteePrincipal: '111122223333', Operations: ['Decrypt'], Name: 'n' })
    await client.ok('TagResource', { KeyId: ID, Tags: [{ TagKey: 'a', TagValue: 'b' }] })
    await client.ok('UpdateAlias', { AliasName: 'alias/app', TargetKeyId: made })
    await client.ok('ScheduleKeyDeletion', { KeyId: ID, PendingWindowInDays: 7 })
    await advance(server, 8 * DAY_SECONDS)
    assert.equal(await client.fault('DescribeKey', { KeyId: ID }), 'NotFoundException')
    await server.reset()
    assert.equal(await now(server), startedAt)
    assert.deepEqual(await client.ok('DescribeKey', { KeyId: 'alias/app' }), before)
    assert.equal((await client.ok('Decrypt', { CiphertextBlob })).Plaintext, 'AAAA')
    assert.equal(await client.fault('DescribeKey', { KeyId: made }), 'NotFoundException')
    assert.deepEqual((await client.ok<{ Keys: unknown[] }>('ListKeys', {})).Keys.length, 1)
    assert.deepEqual((await client.ok<{ Grants: unknown[] }>('ListGrants', { KeyId: ID })).Grants, [])
    assert.deepEqual((await client.ok<{ Tags: unknown[] }>('ListResourceTags', { KeyId: ID })).Tags, [])
    await client.ok('CreateGrant', { KeyId: ID, GranteePrincipal: '111122223333', Operations: ['Decrypt'], Name: 'n' })
  })

  test('remembers no last use, no identity, no access key, no session and no account', async () => {
    await using server = await started({ seed: SEED, enforce: true })
    const root = { accessKeyId: '111122223333', secretAccessKey: 'any' }
    const ask = (service: 'iam' | 'sts', form: Record<string, string>): Promise<string> =>
      query(server, service, form, root)
    using owner = clientOf(server)
    const naming = (AWS: string): object => {
      const statement = { Effect: 'Allow', Principal: { AWS: ['000000000000', AWS] }, Action: 'kms:*', Resource: '*' }
      return { KeyId: ID, Policy: JSON.stringify({ Version: '2012-10-17', Statement: [statement] }) }
    }
    for (const _ of ['before', 'after']) {
      assert.equal(await owner.fault('PutKeyPolicy', naming(root.accessKeyId)), 'MalformedPolicyDocumentException')
      const { KeyLastUsage } = await owner.ok<{ KeyLastUsage?: object }>('GetKeyLastUsage', { KeyId: ID })
      assert.deepEqual(KeyLastUsage, {})
      await ask('iam', { Action: 'CreateUser', UserName: 'ann' })
      const PolicyDocument = JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Action: 'kms:*', Resource: '*' }],
      })
      await ask('iam', { Action: 'PutUserPolicy', UserName: 'ann', PolicyName: 'p', PolicyDocument })
      const ann = credentialsIn(await ask('iam', { Action: 'CreateAccessKey', UserName: 'ann' }))
      const session = credentialsIn(await query(server, 'sts', { Action: 'GetSessionToken' }, ann))
      using asAnn = new KmsClient(server.endpoint, ann)
      using inSession = new KmsClient(server.endpoint, session)
      await asAnn.ok('ListKeys', {})
      await inSession.ok('ListKeys', {})
      await owner.ok('PutKeyPolicy', naming(root.accessKeyId))
      await owner.ok('Encrypt', { KeyId: ID, Plaintext: 'AAAA' })
      await server.reset()
      assert.equal(await asAnn.fault('ListKeys', {}), 'UnrecognizedClientException')
      assert.match(await inSession.fault('ListKeys', {}), /UnrecognizedClientException|InvalidClientTokenId/)
    }
  })

  test('answers requests in progress and those that arrive meanwhile, each in one state or the other', async () => {
    await using server = await started({ seed: SEED })
    using client = clientOf(server)
    const working = Array.from({ length: 8 }, async () => {
      for (let count = 0; count < 10; count++) {
        const made = await client.createKey()
        const { status } = await client.call('DescribeKey', { KeyId: made })
        assert.ok(status === 200 || status === 400, `status ${status}`)
        assert.equal(await client.keyState('alias/app'), 'Enabled')
      }
    })
    await Promise.all([...working, server.reset(), server.reset(), post(server, '').then(({ status }) => status)])
    await server.reset()
    assert.equal((await client.ok<{ Keys: unknown[] }>('ListKeys', {})).Keys.length, 1)
  })

  test('ends a move of its time under way, and does its work again afterwards', async () => {
    await using server = await started({ clock: 'manual' })
    using client = clientOf(server)
    const startedAt = await now(server)
    const KeyId = await client.createKey()
    await client.ok('EnableKeyRotation', { KeyId, RotationPeriodInDays: 90 })
    const moved = advance(server, 30_000 * DAY_SECONDS)
    for (let rotations = 0; rotations === 0;) {
      const listed = await client.ok<{ Rotations: unknown[] }>('ListKeyRotations', { KeyId })
      rotations = listed.Rotations.length
    }
    await server.reset()
    assert.ok((await moved) < startedAt + 30_000 * DAY_SECONDS)
    assert.equal(await now(server), startedAt)
    const keyId = await client.createKey()
    await client.ok('ScheduleKeyDeletion', { KeyId: keyId, PendingWindowInDays: 7 })
    await advance(server, 8 * DAY_SECONDS)
    assert.equal(await client.fault('DescribeKey', { KeyId: keyId }), 'NotFoundException')
  })

  test('is reset by POST /dev/reset, by no web page and by no other body', async () => {
    await using server = await started({ clock: 'manual' })
    using client = clientOf(server)
    const listed = async (): Promise<number> => (await client.ok<{ Keys: unknown[] }>('ListKeys', {})).Keys.length
    await client.createKey()
    const request = 'POST /dev/reset HTTP/1.1\r\nhost: localhost\r\ncontent-length: 0\r\n\r\n'
    const foreign = [
      request.replace('\r\n', '\r\nOrigin: http://127.0.0.1\r\n'),
      request.replace('localhost', 'rebound.example'),
    ]
    for (const text of foreign) {
      assert.equal((await new RawClient(server.port).send(text).answers(1))[0]?.status, 403)
    }
    for (const body of ['{"keys":1}', '[]', 'x'.repeat(100)]) assert.equal((await post(server, body)).status, 400)
    assert.equal(await listed(), 1)
    const answer = await post(server, '{}')
    assert.deepEqual([answer.status, await answer.text()], [200, '{}'])
    assert.equal(await listed(), 0)
  })

  test('may be stopped meanwhile', async () => {
    const server = await started()
    using client = clientOf(server)
    await client.createKey()
    const reset = server.reset()
    await Promise.all([reset, server.stop()])
    await assert.rejects(server.reset(), /stopping/)
  })

  test('refuses it where its keys are kept', async () => {
    const folder = await temporaryFolder()
    await using _ = { [Symbol.asyncDispose]: () => folder.remove() }
    await using server = await started({ folder: `${folder.path}/dev` })
    using client = clientOf(server)
    await client.createKey()
    await assert.rejects(server.reset(), /A server with a data folder is not reset/)
    const answer = await post(server, '')
    assert.deepEqual([answer.status, /data folder is not reset/.test(await answer.text())], [400, true])
    assert.equal((await client.ok<{ Keys: unknown[] }>('ListKeys', {})).Keys.length, 1)
  })
})

test('serve cannot be reset', async () => {
  await using vault = await Vault.create()
  await using server = await vault.serve()
  assert.equal((await post(server, '')).status, 404)
  assert.equal('reset' in server, false)
})

function post(server: { endpoint: string }, body: string): Promise<Response> {
  return fetch(`${server.endpoint}/dev/reset`, { method: 'POST', body })
}
