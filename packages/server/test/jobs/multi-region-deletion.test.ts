import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deleteDueKeys } from '../../src/jobs/deletion.ts'
import { dateAlone } from '../../src/jobs/time-guard.ts'
import { endTransitions } from '../../src/jobs/transitions.ts'
import { ACCOUNT, callerOf, REGION, TestService } from '../support/service.ts'

const DAY_MS = 86_400_000
const ELSEWHERE = 'us-west-2'
const there = callerOf(ACCOUNT, ELSEWHERE)

type Metadata = Record<string, unknown>

interface Scene extends AsyncDisposable {
  service: TestService
  keyId: string
  arn: string
  deletion(): Promise<void>
  describe(caller?: typeof there): Promise<Metadata>
}

/** A primary key with one replica. */
async function scene(): Promise<Scene> {
  const service = await TestService.open()
  const guard = dateAlone
  const { keyId, arn } = await service.createKey({ MultiRegion: true })
  await service.ok('ReplicateKey', { KeyId: keyId, ReplicaRegion: ELSEWHERE })
  await endTransitions(service.services)
  return {
    service,
    keyId,
    arn,
    deletion: () => deleteDueKeys({ ...service.services, guard }),
    describe: async (caller) =>
      (await service.ok<{ KeyMetadata: Metadata }>('DescribeKey', { KeyId: keyId }, caller)).KeyMetadata,
    [Symbol.asyncDispose]: () => service[Symbol.asyncDispose](),
  }
}

test('a primary waits for its replicas without a date, and its waiting period begins when the last is gone', async () => {
  await using at = await scene()
  const { service, keyId, arn } = at
  const scheduled = await service.ok('ScheduleKeyDeletion', { KeyId: keyId, PendingWindowInDays: 10 })
  assert.deepEqual(scheduled, { KeyId: arn, KeyState: 'PendingReplicaDeletion', PendingWindowInDays: 10 })
  const waiting = await at.describe()
  assert.deepEqual(
    [waiting.KeyState, waiting.PendingDeletionWindowInDays, waiting.DeletionDate],
    ['PendingReplicaDeletion', 10, undefined],
  )
  await service.ok('ScheduleKeyDeletion', { KeyId: keyId, PendingWindowInDays: 7 }, there)
  assert.equal((await at.describe(there)).KeyState, 'PendingDeletion')
  service.clock.advance(7 * DAY_MS)
  await at.deletion()
  assert.match(await service.fault('DescribeKey', { KeyId: keyId }, there), /^NotFoundException/)
  const begun = await at.describe()
  assert.equal(begun.KeyState, 'PendingDeletion')
  assert.equal(begun.DeletionDate, (service.clock.now() + 10 * DAY_MS) / 1000)
  assert.equal('PendingDeletionWindowInDays' in begun, false)
  assert.deepEqual((begun.MultiRegionConfiguration as Metadata).ReplicaKeys, [])
  service.clock.advance(10 * DAY_MS)
  await at.deletion()
  assert.match(await service.fault('DescribeKey', { KeyId: keyId }), /^NotFoundException/)
})

test('a waiting primary is refused like one that is pending deletion, and cancelled into Disabled', async () => {
  await using at = await scene()
  const { service, keyId, arn } = at
  await service.ok('ScheduleKeyDeletion', { KeyId: keyId })
  assert.equal(
    await service.fault('ScheduleKeyDeletion', { KeyId: keyId }),
    `KMSInvalidStateException: ${arn} is pending deletion.`,
  )
  await service.ok('CancelKeyDeletion', { KeyId: keyId })
  const cancelled = await at.describe()
  assert.equal(cancelled.KeyState, 'Disabled')
  assert.equal('PendingDeletionWindowInDays' in cancelled, false)
  await service.ok('ScheduleKeyDeletion', { KeyId: keyId, PendingWindowInDays: 7 }, there)
  service.clock.advance(7 * DAY_MS)
  await at.deletion()
  assert.equal((await at.describe()).KeyState, 'Disabled')
})

test('a replica that is gone can be made again, and a scheduled one still takes its Region', async () => {
  await using at = await scene()
  const { service, keyId } = at
  const replicate = { KeyId: keyId, ReplicaRegion: ELSEWHERE }
  await service.ok('ScheduleKeyDeletion', { KeyId: keyId, PendingWindowInDays: 7 }, there)
  assert.match(await service.fault('ReplicateKey', replicate), /^AlreadyExistsException/)
  service.clock.advance(7 * DAY_MS)
  await at.deletion()
  await service.ok('ReplicateKey', replicate)
  assert.equal((await at.describe(there)).KeyState, 'Creating')
})

test('a family one of whose rows is missing is not acted on', async () => {
  await using at = await scene()
  const { service, keyId } = at
  const { store, random } = service.services
  const id = `${ELSEWHERE}/${keyId}`
  await store.commit({
    id: random.uuid(),
    expect: [],
    put: [],
    delete: [{ table: 'key', id }],
    audit: [],
  })
  const replicate = { KeyId: keyId, ReplicaRegion: 'eu-west-1' }
  assert.equal(await service.fault('ReplicateKey', replicate), 'KMSInternalException')
  assert.equal((await store.get('key', `${REGION}/${keyId}`))?.version, 2)
})
