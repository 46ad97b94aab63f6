import assert from 'node:assert/strict'
import { copyFile, cp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { OperationName } from '@keyhold/protocol'
import { operator } from '../../../src/index.ts'
import { deleteDueKeys } from '../../../src/jobs/deletion.ts'
import { dateAlone } from '../../../src/jobs/time-guard.ts'
import { openEngine, sealedFolder } from '../../../src/host/assembly/open.ts'
import { systemClock } from '../../../src/platform/system-clock.ts'
import { silentLogger } from '../../support/silent-logger.ts'
import { putAside } from './support/put-aside.ts'
import { ACCOUNT, Vault } from './support/vault.ts'

type Calls = readonly [OperationName, object][]

/** Two keys, and a grant on the first. */
async function filled(vault: Vault): Promise<{ kept: string; doomed: string; GrantId: string }> {
  await using server = await vault.serve()
  using client = vault.client(server)
  const [kept, doomed] = [await client.createKey(), await client.createKey()]
  const grantee = `arn:aws:iam::${ACCOUNT}:user/administrator`
  const { GrantId = '' } = await client.ok('CreateGrant', {
    KeyId: kept,
    GranteePrincipal: grantee,
    Operations: ['Decrypt'],
  })
  return { kept, doomed, GrantId }
}

async function changed(vault: Vault, calls: Calls, settings: Parameters<Vault['serve']>[0] = {}): Promise<void> {
  await using server = await vault.serve(settings)
  using client = vault.client(server)
  for (const [operation, input] of calls) await client.ok(operation, input)
}

/** Deletes the keys whose date has come in 30 days, as a server that was seen running for as long does. */
async function deleteScheduled(vault: Vault): Promise<void> {
  const clock = { ...systemClock, now: () => Date.now() + 30 * 86_400_000 }
  const options = { use: 'change', clock, logger: silentLogger, durability: 'write', rollback: {} } as const
  const engine = await openEngine(await sealedFolder(vault.folder, 'serve'), options)
  await deleteDueKeys({ ...engine, guard: dateAlone })
  await engine.close()
}

async function grantsOf(vault: Vault, key: string): Promise<unknown[]> {
  await using server = await vault.serve()
  using client = vault.client(server)
  return (await client.ok<{ Grants: unknown[] }>('ListGrants', { KeyId: key })).Grants
}

async function stateOf(vault: Vault, key: string): Promise<string> {
  await using server = await vault.serve()
  using client = vault.client(server)
  const { body } = await client.call('DescribeKey', { KeyId: key })
  return (body.KeyMetadata as { KeyState: string } | undefined)?.KeyState ?? String(body.__type)
}

const OLDER = /put back to an older state: it ends with change/

describe('a database that was put back', () => {
  test('is refused, and accepted without what was revoked and deleted since', async () => {
    await using vault = await Vault.create()
    const { kept, doomed, GrantId } = await filled(vault)
    const putBack = await putAside(vault, 'keyhold.db')
    await changed(vault, [
      ['RevokeGrant', { KeyId: kept, GrantId }],
      ['ScheduleKeyDeletion', { KeyId: doomed, PendingWindowInDays: 7 }],
    ])
    await deleteScheduled(vault)
    await putBack()
    await assert.rejects(vault.serve(), OLDER)
    await assert.rejects(operator.createAccount(vault.folder, {}), OLDER)
    const accepted = await operator.acceptRollback(vault.folder)
    assert.deepEqual([accepted?.made, accepted?.failed, accepted?.missing], [3, [], []])
    assert.deepEqual(await grantsOf(vault, kept), [])
    assert.equal(await stateOf(vault, doomed), 'NotFoundException')
    assert.deepEqual((await vault.verify()).problems, [])
    assert.equal(await operator.acceptRollback(vault.folder), undefined, 'it is the newest now')
  })

  test('names each kind of change that cannot be made again', async () => {
    await using vault = await Vault.create()
    await filled(vault)
    const putBack = await putAside(vault, 'keyhold.db')
    await changed(vault, [
      ['CreateKey', {}],
      ['CreateAlias', { AliasName: 'alias/none', TargetKeyId: 'x' }],
    ]).catch(() => undefined)
    await putBack()
    const { lost = [], lostCount } = (await operator.acceptRollback(vault.folder)) ?? {}
    assert.deepEqual(
      [lost.map(({ operation }) => operation), lostCount, lost[0]?.subject.startsWith('arn:aws:kms:')],
      [['CreateKey'], 1, true],
    )
  })

  test('ends as the newest did, whatever was changed to and fro', async () => {
    await using vault = await Vault.create()
    const { kept, doomed } = await filled(vault)
    const putBack = await putAside(vault, 'keyhold.db')
    await changed(vault, [
      ['CreateAlias', { AliasName: 'alias/a', TargetKeyId: kept }],
      ['DisableKey', { KeyId: kept }],
      ['UpdateAlias', { AliasName: 'alias/a', TargetKeyId: doomed }],
      ['EnableKey', { KeyId: kept }],
      ['DisableKey', { KeyId: doomed }],
      ['ScheduleKeyDeletion', { KeyId: kept }],
      ['CancelKeyDeletion', { KeyId: kept }],
    ])
    await putBack()
    assert.equal((await operator.acceptRollback(vault.folder))?.made, 7)
    assert.deepEqual([await stateOf(vault, kept), await stateOf(vault, doomed)], ['Disabled', 'Disabled'])
    assert.equal(await stateOf(vault, 'alias/a'), 'Disabled')
  })

  test('is accepted by serve for the change that it ends with, and no other', async () => {
    await using vault = await Vault.create()
    const { kept } = await filled(vault)
    const putBack = await putAside(vault, 'keyhold.db')
    await changed(vault, [['DisableKey', { KeyId: kept }]])
    await putBack()
    const refusal = await vault.serve().then(() => 'served', String)
    const change = Number(/ends with change (\d+)/.exec(refusal)?.[1])
    await assert.rejects(vault.serve({ acceptRollback: change + 1 }), OLDER)
    await (await vault.serve({ acceptRollback: change })).stop()
    assert.equal(await stateOf(vault, kept), 'Disabled')
    await changed(vault, [['EnableKey', { KeyId: kept }]])
    await putBack()
    await assert.rejects(vault.serve({ acceptRollback: change + 1 }), OLDER)
  })

  test('is refused by a checkpoint alone, and changes without a record are named', async () => {
    await using vault = await Vault.create()
    const { kept } = await filled(vault)
    const [database, audit] = [await putAside(vault, 'keyhold.db'), await putAside(vault, 'audit')]
    await changed(vault, [
      ['DisableKey', { KeyId: kept }],
      ['EnableKey', { KeyId: kept }],
    ])
    await database()
    await audit()
    await assert.rejects(vault.serve(), /checkpoint is of change/)
    const accepted = await operator.acceptRollback(vault.folder)
    assert.deepEqual([accepted?.made, accepted?.missingCount], [0, 2])
    const { problems, accepted: losses } = await vault.verify()
    assert.deepEqual(problems, [])
    assert.equal(losses.length, 1, 'the changes that have no record are accepted')
  })

  test('takes what survived of the audit log elsewhere', async () => {
    await using vault = await Vault.create()
    const { kept } = await filled(vault)
    const [database, audit] = [await putAside(vault, 'keyhold.db'), await putAside(vault, 'audit')]
    await changed(vault, [['DisableKey', { KeyId: kept }]])
    const survived = `${vault.folder}.survived`
    await cp(join(vault.folder, 'audit'), survived, { recursive: true })
    await database()
    await audit()
    await rm(join(vault.folder, 'checkpoint'))
    const accepted = await operator.acceptRollback(vault.folder, { audit: [survived] })
    assert.deepEqual([accepted?.made, accepted?.missing], [1, []])
    assert.equal(await stateOf(vault, kept), 'Disabled')
  })

  test('is not made newer by changes that may allow more after some that are unknown', async () => {
    await using vault = await Vault.create()
    const { kept, doomed } = await filled(vault)
    await changed(vault, [['DisableKey', { KeyId: kept }]])
    const [database, audit] = [await putAside(vault, 'keyhold.db'), await putAside(vault, 'audit')]
    await changed(vault, [['DisableKey', { KeyId: doomed }]])
    await cp(join(vault.folder, 'audit'), `${vault.folder}.first`, { recursive: true })
    const before = new Set(await readdir(join(vault.folder, 'audit')))
    await changed(vault, [
      ['EnableKey', { KeyId: kept }],
      ['DisableKey', { KeyId: doomed }],
    ])
    const later = (await readdir(join(vault.folder, 'audit'))).filter((name) => !before.has(name))
    for (const name of later) await rename(join(vault.folder, 'audit', name), `${vault.folder}.later.${name}`)
    await database()
    await audit()
    for (const name of later) await rename(`${vault.folder}.later.${name}`, join(vault.folder, 'audit', name))
    const accepted = await operator.acceptRollback(vault.folder)
    assert.deepEqual(
      accepted?.failed.map(({ operation }) => operation),
      ['EnableKey'],
    )
    assert.deepEqual([await stateOf(vault, kept), await stateOf(vault, doomed)], ['Disabled', 'Disabled'])
  })

  test('is completed by the next acceptance where one was killed', async () => {
    await using vault = await Vault.create()
    const { kept } = await filled(vault)
    const putBack = await putAside(vault, 'keyhold.db')
    await changed(vault, [['DisableKey', { KeyId: kept }]])
    await putBack()
    await beginAndStop(vault)
    await assert.rejects(vault.serve(), /accept-rollback was interrupted/)
    assert.equal((await operator.acceptRollback(vault.folder))?.made, 1)
    assert.equal(await stateOf(vault, kept), 'Disabled')
  })

  test('is named by accept-database too, which does not accept it', async () => {
    await using vault = await Vault.create()
    const { kept } = await filled(vault)
    const putBack = await putAside(vault, 'keyhold.db')
    await changed(vault, [['DisableKey', { KeyId: kept }]])
    await putBack()
    vault.edit((database) => database.exec("DELETE FROM stored_row WHERE kind = 'key_use'"))
    assert.match(String((await operator.acceptDatabase(vault.folder)).isOlder), OLDER)
    await assert.rejects(vault.serve(), OLDER)
    assert.equal((await operator.acceptRollback(vault.folder))?.made, 1)
    assert.equal(await stateOf(vault, kept), 'Disabled')
  })
})

/** An acceptance that is killed after its first step. */
async function beginAndStop(vault: Vault): Promise<void> {
  const { beginRollback } = await import('../../../src/admin/operator/rollback/accept-rollback.ts')
  const options = { use: 'change', clock: systemClock, logger: silentLogger, durability: 'write' } as const
  const engine = await openEngine(await sealedFolder(vault.folder, 'serve'), {
    ...options,
    rollback: {
      async accept(rollback, opened) {
        assert.ok(rollback)
        await beginRollback(rollback, { ...opened, clock: systemClock, operator: { user: 'test' } })
      },
    },
  })
  await engine.close()
}

describe('a checkpoint outside the folder', () => {
  test('shows that the whole folder was put back', async () => {
    await using vault = await Vault.create()
    const checkpointFile = `${vault.folder}.checkpoint`
    const { kept } = await filled(vault)
    await changed(vault, [], { checkpointFile })
    const putBack = await Promise.all(['keyhold.db', 'audit', 'checkpoint'].map((name) => putAside(vault, name)))
    await changed(vault, [['DisableKey', { KeyId: kept }]], { checkpointFile })
    for (const put of putBack) await put()
    await assert.rejects(vault.serve({ checkpointFile }), /\.checkpoint is of change/)
  })

  test('that is gone, or is of another folder, is noticed, and never replaced', async () => {
    await using vault = await Vault.create()
    await using other = await Vault.create()
    const checkpointFile = `${vault.folder}.checkpoint`
    await (await vault.serve({ checkpointFile })).stop()
    await (await vault.serve({ checkpointFile })).stop()
    await rename(checkpointFile, `${checkpointFile}.away`)
    await assert.rejects(vault.serve({ checkpointFile }), /whether the database is the newest cannot be known/)
    await (await other.serve({ checkpointFile })).stop()
    const theirs = await readFile(checkpointFile)
    await assert.rejects(vault.serve({ checkpointFile }), /is not a checkpoint of this data folder/)
    await assert.rejects(operator.acceptRollback(vault.folder, { checkpointFile }), /is not a checkpoint/)
    assert.deepEqual(await readFile(checkpointFile), theirs)
    await copyFile(`${checkpointFile}.away`, checkpointFile)
    await (await vault.serve({ checkpointFile })).stop()
  })

  test('counts only as it was signed', async () => {
    await using vault = await Vault.create()
    const checkpointFile = `${vault.folder}.checkpoint`
    await (await vault.serve({ checkpointFile })).stop()
    const note = String(await readFile(checkpointFile))
    await writeFile(checkpointFile, note.replace(/^serial .*$/m, 'serial 999999'))
    await assert.rejects(vault.serve({ checkpointFile }), /is not a checkpoint of this data folder/)
  })
})
