import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toCloudTrail } from '../../src/audit/cloudtrail.ts'
import { deleteDueKeys } from '../../src/jobs/deletion.ts'
import { rotateDueKeys } from '../../src/jobs/rotation.ts'
import { endTransitions } from '../../src/jobs/transitions.ts'
import type { Caller } from '../../src/identity/accounts/caller.ts'
import { dateAlone } from '../../src/jobs/time-guard.ts'
import { DAY_MS } from '../../src/services/kms/keys/new-key.ts'
import { recordsOf } from '../support/records.ts'
import { ACCOUNT, base64, callerOf, REGION, TestService } from '../support/service.ts'

async function rotating(service: TestService, RotationPeriodInDays = 90): Promise<string> {
  const { keyId } = await service.createKey()
  await service.ok('EnableKeyRotation', { KeyId: keyId, RotationPeriodInDays })
  return keyId
}

async function currentMaterial(service: TestService, keyId: string): Promise<string> {
  const { KeyMetadata } = await service.ok<{ KeyMetadata: { CurrentKeyMaterialId: string } }>('DescribeKey', {
    KeyId: keyId,
  })
  return KeyMetadata.CurrentKeyMaterialId
}

async function nextDays(service: TestService, keyId: string, caller?: Caller): Promise<number> {
  const asked = { KeyId: keyId }
  const { NextRotationDate } = await service.ok<{ NextRotationDate: number }>('GetKeyRotationStatus', asked, caller)
  return (NextRotationDate * 1000 - service.clock.now()) / DAY_MS
}

test('a key rotates at the end of each period, and whatever any material encrypted still opens', async () => {
  await using service = await TestService.open()
  const keyId = await rotating(service)
  const blobs = new Map<string, string>()
  for (let round = 0; round < 4; round++) {
    const materialId = await currentMaterial(service, keyId)
    assert.ok(!blobs.has(materialId))
    const sealed = await service.ok('Encrypt', { KeyId: keyId, Plaintext: base64('text') })
    blobs.set(materialId, sealed.CiphertextBlob ?? '')
    service.clock.advance(90 * DAY_MS - 1)
    await rotateDueKeys(service.engine)
    assert.equal(await currentMaterial(service, keyId), materialId)
    service.clock.advance(1)
    await rotateDueKeys(service.engine)
    assert.equal(await nextDays(service, keyId), 90)
  }
  for (const [materialId, CiphertextBlob] of blobs) {
    const opened = await service.ok('Decrypt', { CiphertextBlob })
    assert.deepEqual([opened.Plaintext, opened.KeyMaterialId], [base64('text'), materialId])
  }
})

test('a rotation is an event of the service, as CloudTrail has it', async () => {
  await using service = await TestService.open()
  const keyId = await rotating(service)
  const before = await currentMaterial(service, keyId)
  service.clock.advance(90 * DAY_MS)
  await rotateDueKeys(service.engine)
  const record = (await recordsOf(service)).find(({ operation }) => operation === 'RotateKey') ?? assert.fail()
  const event = toCloudTrail(record)
  assert.deepEqual(
    [
      event['eventType'],
      event['userIdentity'],
      event['responseElements'],
      event['readOnly'],
      event['additionalEventData'],
    ],
    ['AwsServiceEvent', { accountId: ACCOUNT, invokedBy: 'AWS Internal' }, null, false, undefined],
  )
  assert.deepEqual(event['serviceEventDetails'], {
    rotationType: 'AUTOMATIC',
    keyOrigin: 'AWS_KMS',
    previousKeyMaterialId: before,
    currentKeyMaterialId: await currentMaterial(service, keyId),
    keyId,
  })
})

test('a disabled key is not rotated, and what it missed is made up for once it is enabled', async () => {
  await using service = await TestService.open()
  const keyId = await rotating(service)
  const before = await currentMaterial(service, keyId)
  await service.ok('DisableKey', { KeyId: keyId })
  service.clock.advance(100 * DAY_MS)
  await rotateDueKeys(service.engine)
  assert.equal(await currentMaterial(service, keyId), before)
  await service.ok('EnableKey', { KeyId: keyId })
  await rotateDueKeys(service.engine)
  assert.notEqual(await currentMaterial(service, keyId), before)
  assert.equal(await nextDays(service, keyId), 90)
})

test('a key that is enabled before its rotation is due keeps its schedule', async () => {
  await using service = await TestService.open()
  const keyId = await rotating(service)
  await service.ok('DisableKey', { KeyId: keyId })
  service.clock.advance(80 * DAY_MS)
  await service.ok('EnableKey', { KeyId: keyId })
  assert.equal(await nextDays(service, keyId), 10)
  service.clock.advance(10 * DAY_MS)
  await service.ok('EnableKey', { KeyId: keyId })
  service.clock.advance(1000)
  await rotateDueKeys(service.engine)
  assert.equal(await nextDays(service, keyId), 90 - 1000 / DAY_MS)
})

test('the date of the next rotation is never in the past, in no Region', async () => {
  await using service = await TestService.open()
  const { keyId } = await service.createKey({ MultiRegion: true })
  await service.ok('ReplicateKey', { KeyId: keyId, ReplicaRegion: 'us-west-2' })
  await endTransitions(service.engine)
  const there = callerOf(ACCOUNT, 'us-west-2')
  await service.ok('EnableKeyRotation', { KeyId: keyId, RotationPeriodInDays: 90 })
  const days = async (): Promise<number[]> => [await nextDays(service, keyId), await nextDays(service, keyId, there)]
  service.clock.advance(90 * DAY_MS + 5000)
  assert.deepEqual(await days(), [0, 0])
  await service.ok('DisableKey', { KeyId: keyId })
  service.clock.advance(10 * DAY_MS)
  assert.deepEqual(await days(), [0, 0])
  await service.ok('DisableKey', { KeyId: keyId }, there)
  await service.ok('EnableKey', { KeyId: keyId }, there)
  await service.ok('EnableKey', { KeyId: keyId })
  assert.deepEqual(await days(), [0, 0])
  await rotateDueKeys(service.engine)
  assert.deepEqual(await days(), [90, 90])
})

test('after several periods that were missed there is one rotation, and the next a period later', async () => {
  await using service = await TestService.open()
  const keyId = await rotating(service)
  service.clock.advance(1000 * DAY_MS)
  await rotateDueKeys(service.engine)
  await rotateDueKeys(service.engine)
  const { Rotations } = await service.ok<{ Rotations: unknown[] }>('ListKeyRotations', { KeyId: keyId })
  assert.equal(Rotations.length, 1)
  assert.equal(await nextDays(service, keyId), 90)
})

test('keys that wait for another job, or for nothing, keep no key from being rotated or deleted', async () => {
  await using service = await TestService.open()
  const { store } = service.services
  const rows = await Promise.all(Array.from({ length: 130 }, () => rotating(service, 90)))
  const doomed = rows.slice(0, 125)
  for (const keyId of doomed) await service.ok('ScheduleKeyDeletion', { KeyId: keyId, PendingWindowInDays: 7 })
  const [disabled = '', ...enabled] = rows.slice(125)
  await service.ok('DisableKey', { KeyId: disabled })
  service.clock.advance(90 * DAY_MS)
  assert.equal((await store.get('key', `${REGION}/${disabled}`))?.dueMs, null)
  const before = await Promise.all(enabled.map((keyId) => currentMaterial(service, keyId)))
  await rotateDueKeys(service.engine)
  const after = await Promise.all(enabled.map((keyId) => currentMaterial(service, keyId)))
  for (const [index, materialId] of after.entries()) assert.notEqual(materialId, before[index])
  const guard = dateAlone
  for (let run = 0; run < 2; run++) await deleteDueKeys({ ...service.services, guard })
  const { Keys } = await service.ok<{ Keys: unknown[] }>('ListKeys', {})
  assert.equal(Keys.length, rows.length - doomed.length)
})

test('of two processes that rotate at once one does', async () => {
  await using service = await TestService.open()
  const keyId = await rotating(service)
  service.clock.advance(90 * DAY_MS)
  await Promise.all([rotateDueKeys(service.engine), rotateDueKeys(service.engine)])
  const { Rotations } = await service.ok<{ Rotations: unknown[] }>('ListKeyRotations', { KeyId: keyId })
  assert.equal(Rotations.length, 1)
  const records = await recordsOf(service)
  assert.equal(records.filter(({ operation }) => operation === 'RotateKey').length, 1)
})
