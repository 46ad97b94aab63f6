import { writeRows } from '../../../support/raw-rows.ts'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deleteDueKeys } from '../../../../src/jobs/deletion.ts'
import { dateAlone } from '../../../../src/jobs/time-guard.ts'
import { endTransitions } from '../../../../src/jobs/transitions.ts'
import { DAY_MS } from '../../../../src/services/kms/keys/new-key.ts'
import { keyUseTable } from '../../../../src/vault/records/key-use.ts'
import { Changeset } from '../../../../src/vault/records/changeset.ts'
import { addUser, ALLOW_KMS, policyOf } from '../../../support/identities.ts'
import { recordsOf } from '../../../support/records.ts'
import { ACCOUNT, base64, REGION, TestService } from '../../../support/service.ts'

const ELSEWHERE = 'us-west-2'

interface LastUsage {
  KeyId: string
  KeyLastUsage: Record<string, unknown>
  TrackingStartDate: number
  KeyCreationDate: number
}

function lastUsage(service: TestService, keyId: string): Promise<LastUsage> {
  return service.ok<LastUsage & Record<string, unknown>>('GetKeyLastUsage', { KeyId: keyId })
}

test('a key that was never used says so, and when tracking began', async () => {
  await using service = await TestService.open()
  service.clock.advance(5000)
  const { keyId } = await service.createKey()
  const created = service.clock.now() / 1000
  service.clock.advance(5000)
  const answer = { KeyId: keyId, KeyLastUsage: {}, TrackingStartDate: created, KeyCreationDate: created }
  assert.deepEqual(await lastUsage(service, keyId), answer)
})

test('a key that is older than the tracking says that its earlier use is unknown', async () => {
  await using service = await TestService.open()
  const { keyId } = await service.createKey()
  const since = service.clock.now()
  await service.force(keyId, { createdMs: since - DAY_MS })
  const { TrackingStartDate, KeyCreationDate } = await lastUsage(service, keyId)
  assert.deepEqual([TrackingStartDate * 1000, KeyCreationDate * 1000], [since, since - DAY_MS])
})

test('the last cryptographic operation that succeeded is the one that counts', async () => {
  await using service = await TestService.open()
  const { keyId } = await service.createKey()
  await service.ok('Encrypt', { KeyId: keyId, Plaintext: base64('x') })
  service.clock.advance(1000)
  const { CiphertextBlob } = await service.ok('GenerateDataKey', { KeyId: keyId, KeySpec: 'AES_256' })
  const record = (await recordsOf(service)).at(-1)
  const expected = {
    Operation: 'GenerateDataKey',
    Timestamp: service.clock.now() / 1000,
    CloudTrailEventId: record?.eventId,
    KmsRequestId: record?.requestId,
  }
  service.clock.advance(1000)
  await service.ok('DescribeKey', { KeyId: keyId })
  await service.fault('Decrypt', { CiphertextBlob, EncryptionContext: { not: 'this' } })
  await service.fault('Encrypt', { KeyId: keyId, Plaintext: base64('x'), DryRun: true })
  assert.deepEqual((await lastUsage(service, keyId)).KeyLastUsage, expected)
})

test('ReEncrypt is a use of both keys', async () => {
  await using service = await TestService.open()
  const [from, to] = [await service.createKey(), await service.createKey()]
  const { CiphertextBlob } = await service.ok('Encrypt', { KeyId: from.keyId, Plaintext: base64('x') })
  await service.ok('ReEncrypt', { CiphertextBlob, DestinationKeyId: to.keyId })
  for (const { keyId } of [from, to]) {
    assert.equal((await lastUsage(service, keyId)).KeyLastUsage['Operation'], 'ReEncrypt')
  }
})

test('a use writes nothing by itself, and a deleted key leaves no use behind', async () => {
  await using service = await TestService.open()
  const { store, keyUses } = service.services
  const { keyId } = await service.createKey()
  const id = `${REGION}/${keyId}`
  await service.ok('Encrypt', { KeyId: keyId, Plaintext: base64('x') })
  const revision = await store.revision()
  for (let use = 0; use < 20; use++) await service.ok('Encrypt', { KeyId: keyId, Plaintext: base64('x') })
  assert.equal(await store.revision(), revision)
  await keyUses.flush()
  assert.equal((await store.get('key_use', id))?.version, 1)
  await service.ok('ScheduleKeyDeletion', { KeyId: keyId, PendingWindowInDays: 7 })
  service.clock.advance(7 * DAY_MS)
  await deleteDueKeys({ ...service.services, guard: dateAlone })
  assert.equal(await store.get('key', id), undefined)
  assert.equal(await store.get('key_use', id), undefined)
})

test('a key whose last use was removed from the database counts as used today, and its new replica as never used', async () => {
  await using service = await TestService.open('on')
  const admin = await addUser(service, 'admin', { inline: { all: ALLOW_KMS } })
  const unused = {
    Effect: 'Deny',
    Principal: '*',
    Action: 'kms:DisableKey',
    Resource: '*',
    Condition: { NumericLessThan: { 'kms:TrailingDaysWithoutKeyUsage': '30' } },
  }
  const Policy = policyOf({ Effect: 'Allow', Principal: { AWS: ACCOUNT }, Action: 'kms:*', Resource: '*' }, unused)
  const { keyId } = await service.createKey({ Policy, MultiRegion: true }, admin)
  await service.ok('GenerateDataKey', { KeyId: keyId, KeySpec: 'AES_256' }, admin)
  const { records, keyUses } = service.services
  await keyUses.flush()
  await service.ok('ReplicateKey', { KeyId: keyId, ReplicaRegion: ELSEWHERE, Policy }, admin)
  await endTransitions(service.services)
  service.clock.advance(31 * DAY_MS)
  const row = await records.unread.get(keyUseTable, { region: REGION, keyId })
  assert.ok(row)
  const changes = new Changeset()
  changes.delete(row)
  await records.commit(changes)
  assert.match(await service.fault('DisableKey', { KeyId: keyId }, admin), /^AccessDeniedException: .*explicit deny/)
  await service.ok('DisableKey', { KeyId: keyId }, { ...admin, region: ELSEWHERE })
  await service.ok('GenerateDataKey', { KeyId: keyId, KeySpec: 'AES_256' }, admin)
  await keyUses.flush()
  service.clock.advance(30 * DAY_MS)
  await service.ok('DisableKey', { KeyId: keyId }, admin)
})

test('an edited key or use does not prevent the uses of other keys from being recorded', async () => {
  await using service = await TestService.open()
  const { store, keyUses } = service.services
  const [edited, editedUse, intact] = [await service.createKey(), await service.createKey(), await service.createKey()]
  const useAll = async (): Promise<void> => {
    for (const { keyId } of [edited, editedUse, intact])
      await service.ok('Encrypt', { KeyId: keyId, Plaintext: base64('x') })
  }
  await useAll()
  await keyUses.flush()
  service.clock.advance(1000)
  await useAll()
  for (const [table, { keyId }] of [
    ['key', edited],
    ['key_use', editedUse],
  ] as const) {
    const row = await store.get(table, `${REGION}/${keyId}`)
    assert.ok(row)
    await writeRows(service.services, { ...row, version: row.version + 1, owner: 'another' })
  }
  await keyUses.flush()
  assert.equal((await store.get('key_use', `${REGION}/${intact.keyId}`))?.version, 2)
})

test('a policy keeps keys that are in use from being disabled and deleted', async () => {
  await using service = await TestService.open('on')
  const admin = await addUser(service, 'admin', { inline: { all: ALLOW_KMS } })
  const Policy = policyOf(
    { Effect: 'Allow', Principal: { AWS: ACCOUNT }, Action: 'kms:*', Resource: '*' },
    {
      Effect: 'Deny',
      Principal: '*',
      Action: ['kms:DisableKey', 'kms:ScheduleKeyDeletion'],
      Resource: '*',
      Condition: { NumericLessThan: { 'kms:TrailingDaysWithoutKeyUsage': '30' } },
    },
  )
  const { keyId } = await service.createKey({ Policy }, admin)
  const denied = async (): Promise<void> => {
    for (const name of ['DisableKey', 'ScheduleKeyDeletion'] as const) {
      assert.match(await service.fault(name, { KeyId: keyId }, admin), /^AccessDeniedException: .*explicit deny/)
    }
  }
  await denied() // new, so that its days without use begin now
  service.clock.advance(40 * DAY_MS)
  await service.ok('GenerateDataKey', { KeyId: keyId, KeySpec: 'AES_256' }, admin)
  await denied()
  service.clock.advance(30 * DAY_MS - 1)
  await denied()
  service.clock.advance(1)
  await service.ok('DisableKey', { KeyId: keyId }, admin)
  await service.ok('ScheduleKeyDeletion', { KeyId: keyId }, admin)
})
