import { writeRows } from '../support/raw-rows.ts'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deleteDueKeys } from '../../src/jobs/deletion.ts'
import { dateAlone } from '../../src/jobs/time-guard.ts'
import type { Commit, Store } from '../../src/vault/storage/store.ts'
import { recordsOf } from '../support/records.ts'
import { onStore } from '../support/on-store.ts'
import { ACCOUNT, REGION, TestService } from '../support/service.ts'

const DAY_MS = 86_400_000

const deletion = (service: TestService): (() => Promise<void>) => {
  return () => deleteDueKeys({ ...service.services, guard: dateAlone })
}

test('a key is deleted with everything that is its own when its waiting period ends, and not before', async () => {
  await using service = await TestService.open()
  const run = deletion(service)
  const { keyId, arn } = await service.createKey()
  await service.ok('CreateAlias', { AliasName: 'alias/doomed', TargetKeyId: keyId })
  const { CiphertextBlob } = await service.ok('GenerateDataKey', { KeyId: keyId, KeySpec: 'AES_256' })
  await service.ok('ScheduleKeyDeletion', { KeyId: keyId, PendingWindowInDays: 7 })
  await run()
  service.clock.advance(7 * DAY_MS - 1)
  await run()
  await service.ok('DescribeKey', { KeyId: keyId })
  service.clock.advance(1)
  await run()
  assert.equal(await service.fault('DescribeKey', { KeyId: keyId }), `NotFoundException: Key '${arn}' does not exist`)
  assert.match(await service.fault('DescribeKey', { KeyId: 'alias/doomed' }), /^NotFoundException: Alias/)
  assert.match(await service.fault('Decrypt', { CiphertextBlob }), /^AccessDeniedException/)
  const { store } = service.services
  for (const table of ['key', 'policy'] as const) assert.equal(await store.get(table, `${REGION}/${keyId}`), undefined)
  assert.deepEqual(await store.listByOwner('material', `${REGION}/${keyId}`, { limit: 10 }), [])
})

test('a key whose grants were edited is kept, and others are still deleted', async () => {
  await using service = await TestService.open()
  const { store } = service.services
  const [edited, intact] = [await service.createKey(), await service.createKey()]
  for (const { keyId } of [edited, intact]) {
    const GranteePrincipal = `arn:aws:iam::${ACCOUNT}:root`
    await service.ok('CreateGrant', { KeyId: keyId, GranteePrincipal, Operations: ['Decrypt'] })
    await service.ok('ScheduleKeyDeletion', { KeyId: keyId, PendingWindowInDays: 7 })
  }
  const [grant] = await store.listByOwner('grant', `${REGION}/${edited.keyId}`, { limit: 1 })
  assert.ok(grant)
  await writeRows(service.services, { ...grant, version: grant.version + 1, body: '{' })
  service.clock.advance(7 * DAY_MS)
  await deletion(service)()
  await service.ok('DescribeKey', { KeyId: edited.keyId })
  assert.match(await service.fault('DescribeKey', { KeyId: intact.keyId }), /^NotFoundException/)
})

test('a cancelled deletion does not happen', async () => {
  await using service = await TestService.open()
  const run = deletion(service)
  const { keyId } = await service.createKey()
  await service.ok('ScheduleKeyDeletion', { KeyId: keyId, PendingWindowInDays: 7 })
  await service.ok('CancelKeyDeletion', { KeyId: keyId })
  service.clock.advance(400 * DAY_MS)
  await run()
  await service.ok('EnableKey', { KeyId: keyId })
  await service.ok('GenerateDataKey', { KeyId: keyId, KeySpec: 'AES_256' })
})

/** The store, on which the commit that deletes a key fails as it does when the disk is full. */
function withoutRoom(store: Store): Store {
  return new Proxy(store, {
    get(target, name) {
      if (name !== 'commit') {
        const member: unknown = Reflect.get(target, name)
        return typeof member === 'function' ? (member.bind(target) as unknown) : member
      }
      return (commit: Commit) =>
        commit.delete.some(({ table }) => table === 'key')
          ? Promise.reject(new Error('no room'))
          : target.commit(commit)
    },
  })
}

/** Grants on the key after its deletion stopped before its last commit and was cancelled. */
async function grantsAfterCancel(service: TestService, keyId: string): Promise<number> {
  const { services } = service
  await service.ok('ScheduleKeyDeletion', { KeyId: keyId, PendingWindowInDays: 7 })
  service.clock.advance(7 * DAY_MS)
  const broken = { ...onStore(services, withoutRoom(services.store)), guard: dateAlone }
  await assert.rejects(deleteDueKeys(broken), /no room/)
  await service.ok('CancelKeyDeletion', { KeyId: keyId })
  return (await services.store.listByOwner('grant', `${REGION}/${keyId}`, { limit: 10_000 })).length
}

async function keyWithGrants(service: TestService, grants: number): Promise<string> {
  const { keyId } = await service.createKey()
  const grant = { KeyId: keyId, GranteePrincipal: `arn:aws:iam::${ACCOUNT}:root`, Operations: ['Decrypt'] }
  for (let made = 0; made < grants; made++) await service.ok('CreateGrant', grant)
  return keyId
}

test('a key whose deletion stops halfway and is cancelled still has its grants', async () => {
  await using service = await TestService.open()
  const keyId = await keyWithGrants(service, 3)
  assert.equal(await grantsAfterCancel(service, keyId), 3)
})

test('grants that are deleted before their key, because they are too many for one commit, are recorded', async () => {
  await using service = await TestService.open()
  const keyId = await keyWithGrants(service, 1001)
  const left = await grantsAfterCancel(service, keyId)
  const deleted = (await recordsOf(service)).filter(({ operation }) => operation === 'DeleteGrants')
  assert.deepEqual(
    deleted.map(({ kind, additional }) => ({ kind, additional })),
    [{ kind: 'service', additional: { keyId, grants: 1001 - left } }],
  )
  assert.equal(left, 1)
})
