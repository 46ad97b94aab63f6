import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import type { Credentials } from '@keyhold/protocol'
import type { RunningServer } from '../../../src/index.ts'
import { temporaryFolder } from '../../vault/storage/sqlite/subject.ts'
import { KmsClient } from './support/client.ts'
import { advance, clientOf, credentialsIn, DAY_SECONDS, now, query, started } from './support/dev.ts'

test('a moved server ends passing states, and rotates what is overdue, without being told to move', async () => {
  await using server = await started({ clock: 'manual' })
  using client = clientOf(server)
  using there = clientOf(server, '000000000000', 'us-west-2')
  const replicated = await client.createKey({ MultiRegion: true })
  const keyId = await client.createKey()
  await client.ok('EnableKeyRotation', { KeyId: keyId, RotationPeriodInDays: 90 })
  await client.ok('DisableKey', { KeyId: keyId })
  await advance(server, 100 * DAY_SECONDS)
  await client.ok('EnableKey', { KeyId: keyId })
  await client.ok('ReplicateKey', { KeyId: replicated, ReplicaRegion: 'us-west-2' })
  await eventually(async () => {
    assert.equal(await there.keyState(replicated), 'Enabled')
    const { Rotations } = await client.ok<{ Rotations: unknown[] }>('ListKeyRotations', { KeyId: keyId })
    assert.equal(Rotations.length, 1)
  })
})

test('a moved server takes signatures and sessions by the time that callers have, and policies see the moved one', async () => {
  await using server = await started({ clock: 'manual', enforce: true })
  const root = { accessKeyId: '111122223333', secretAccessKey: 'anything' }
  const ask = (service: 'iam' | 'sts', form: Record<string, string>, as: Credentials = root): Promise<string> =>
    query(server, service, form, as)
  const condition = { DateGreaterThan: { 'aws:CurrentTime': new Date(Date.now() + DAY_SECONDS * 500).toISOString() } }
  const allow = (Action: string | string[], Condition = {}): object => ({
    Effect: 'Allow',
    Action,
    Resource: '*',
    Condition,
  })
  const policy = (...Statement: object[]): string => JSON.stringify({ Version: '2012-10-17', Statement })
  await ask('iam', { Action: 'CreateUser', UserName: 'ann' })
  const PolicyDocument = policy(allow(['kms:ListKeys', 'sts:AssumeRole']), allow('kms:ListAliases', condition))
  await ask('iam', { Action: 'PutUserPolicy', UserName: 'ann', PolicyName: 'p', PolicyDocument })
  const trust = policy({ Effect: 'Allow', Principal: { AWS: root.accessKeyId }, Action: 'sts:AssumeRole' })
  await ask('iam', { Action: 'CreateRole', RoleName: 'r', AssumeRolePolicyDocument: trust })
  await ask('iam', { Action: 'PutRolePolicy', RoleName: 'r', PolicyName: 'p', PolicyDocument })
  const ann = credentialsIn(await ask('iam', { Action: 'CreateAccessKey', UserName: 'ann' }))
  using annHere = new KmsClient(server.endpoint, ann)
  assert.equal(await annHere.fault('ListAliases', {}), 'AccessDeniedException')
  await advance(server, DAY_SECONDS)
  await annHere.ok('ListKeys', {})
  const RoleArn = `arn:aws:iam::${root.accessKeyId}:role/r`
  const assumed = await ask('sts', { Action: 'AssumeRole', RoleArn, RoleSessionName: 'one' }, ann)
  const lastsMs = Date.parse(/<Expiration>(.*)<\/Expiration>/.exec(assumed)?.[1] ?? '') - Date.now()
  assert.ok(lastsMs > 3_500_000 && lastsMs <= 3_600_000, `the session lasts ${lastsMs} ms by the clock of its caller`)
  using session = new KmsClient(server.endpoint, credentialsIn(assumed))
  await advance(server, DAY_SECONDS)
  await session.ok('ListKeys', {})
  await advance(server, 500 * DAY_SECONDS)
  await session.ok('ListAliases', {})
  await annHere.ok('ListAliases', {})
})

test('a moved server goes on where the time of its folder was left, and says so to those who start it without', async () => {
  const folder = await temporaryFolder()
  await using _ = { [Symbol.asyncDispose]: () => folder.remove() }
  const options = { folder: `${folder.path}/dev`, clock: 'manual' } as const
  const [left, keyId] = await during(await started(options), async (server) => {
    using client = clientOf(server)
    const key = await client.createKey()
    await client.ok('ScheduleKeyDeletion', { KeyId: key, PendingWindowInDays: 7 })
    return [await advance(server, 5 * DAY_SECONDS), key] as const
  })
  await during(await started(options), async (server) => {
    using client = clientOf(server)
    assert.ok((await now(server)) - left < 1)
    assert.match(server.notices.join(), new RegExp(`Time is ${new Date(left * 1000).toISOString()}`))
    await advance(server, 2 * DAY_SECONDS)
    assert.equal(await client.fault('DescribeKey', { KeyId: keyId }), 'NotFoundException')
  })
  await during(await started({ folder: options.folder }), async (server) => {
    assert.match(server.notices.join(), /The time of this folder was moved to /)
  })
})

async function during<T>(server: RunningServer, act: (server: RunningServer) => Promise<T>): Promise<T> {
  await using _ = server
  return await act(server)
}

/** Waits for what a server does by itself within a second or two. */
async function eventually(check: () => Promise<void>): Promise<void> {
  const untilMs = performance.now() + 15_000
  for (;;) {
    try {
      await check()
      return
    } catch (error) {
      if (performance.now() > untilMs) throw error
      await setTimeout(100)
    }
  }
}
