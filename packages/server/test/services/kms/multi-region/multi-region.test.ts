import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { toCloudTrail } from '../../../../src/audit/cloudtrail.ts'
import { readRecords } from '../../../../src/audit/read-records.ts'
import type { Caller } from '../../../../src/identity/accounts/caller.ts'
import { rotateDueKeys } from '../../../../src/jobs/rotation.ts'
import { endTransitions } from '../../../../src/jobs/transitions.ts'
import { keySpec } from '../../../../src/domain/keys/specs.ts'
import { materialTable } from '../../../../src/vault/records/material.ts'
import { ACCOUNT, base64, callerOf, REGION, TestService } from '../../../support/service.ts'

const ELSEWHERE = 'us-west-2'
const THIRD = 'ap-south-1'
const DAY_MS = 86_400_000

let service: TestService

before(async () => {
  service = await TestService.open()
})
after(() => service[Symbol.asyncDispose]())

type Metadata = Record<string, unknown>
const at = (region: string): Caller => callerOf(ACCOUNT, region)
const arnIn = (region: string, keyId: string): string => `arn:aws:kms:${region}:${ACCOUNT}:key/${keyId}`

async function describeIn(region: string, KeyId: string): Promise<Metadata> {
  return (await service.ok<{ KeyMetadata: Metadata }>('DescribeKey', { KeyId }, at(region))).KeyMetadata
}

/** A primary key in the tests' Region with replicas in others, all of them ready. */
async function family(replicas: string[], input: object = {}): Promise<{ keyId: string; arn: string }> {
  const key = await service.createKey({ MultiRegion: true, ...input })
  for (const ReplicaRegion of replicas) await service.ok('ReplicateKey', { KeyId: key.keyId, ReplicaRegion })
  await endTransitions(service.services)
  return key
}

test('a multi-Region key says by its id and its metadata what it is', async () => {
  const { keyId } = await service.createKey({ MultiRegion: true })
  assert.match(keyId, /^mrk-[0-9a-f]{32}$/)
  const metadata = await describeIn(REGION, keyId)
  assert.equal(metadata.MultiRegion, true)
  assert.deepEqual(metadata.MultiRegionConfiguration, {
    MultiRegionKeyType: 'PRIMARY',
    PrimaryKey: { Arn: arnIn(REGION, keyId), Region: REGION },
    ReplicaKeys: [],
  })
  const single = await service.createKey()
  assert.equal('MultiRegionConfiguration' in (await describeIn(REGION, single.keyId)), false)
})

test('a replica is Creating in the answer, then Enabled, and every related key knows all of them', async () => {
  const { keyId, arn } = await service.createKey({ MultiRegion: true, Description: 'primary' })
  const answer = await service.ok<{ ReplicaKeyMetadata: Metadata; ReplicaPolicy: string; ReplicaTags: object[] }>(
    'ReplicateKey',
    { KeyId: arn, ReplicaRegion: ELSEWHERE, Description: 'replica', Tags: [{ TagKey: 'a', TagValue: 'b' }] },
  )
  assert.equal(answer.ReplicaKeyMetadata.KeyState, 'Creating')
  assert.equal('CurrentKeyMaterialId' in answer.ReplicaKeyMetadata, false)
  assert.deepEqual(answer.ReplicaTags, [{ TagKey: 'a', TagValue: 'b' }])
  assert.match(answer.ReplicaPolicy, /"Id": "key-default-1"/)
  const encrypt = { KeyId: keyId, Plaintext: base64('x') }
  const replicaArn = arnIn(ELSEWHERE, keyId)
  assert.equal(
    await service.fault('Encrypt', encrypt, at(ELSEWHERE)),
    `KMSInvalidStateException: ${replicaArn} is creating.`,
  )
  const again = { KeyId: replicaArn, ReplicaRegion: THIRD }
  const noPrimary = `UnsupportedOperationException: ${replicaArn} is not a multi-region primary key.`
  assert.equal(await service.fault('ReplicateKey', again, at(ELSEWHERE)), noPrimary)
  await endTransitions(service.services)
  await service.ok('Encrypt', encrypt, at(ELSEWHERE))
  await service.ok('DisableKey', { KeyId: keyId }, at(ELSEWHERE))
  assert.equal(await service.fault('ReplicateKey', again, at(ELSEWHERE)), noPrimary)

  const [primary, replica] = [await describeIn(REGION, keyId), await describeIn(ELSEWHERE, keyId)]
  const members = {
    PrimaryKey: { Arn: arn, Region: REGION },
    ReplicaKeys: [{ Arn: replicaArn, Region: ELSEWHERE }],
  }
  assert.deepEqual(primary.MultiRegionConfiguration, { MultiRegionKeyType: 'PRIMARY', ...members })
  assert.deepEqual(replica.MultiRegionConfiguration, { MultiRegionKeyType: 'REPLICA', ...members })
  assert.equal(replica.CurrentKeyMaterialId, primary.CurrentKeyMaterialId)
  assert.deepEqual([primary.Description, replica.Description], ['primary', 'replica'])
})

test('the answer about a replica has tags only where some were given', async () => {
  const { keyId } = await service.createKey({ MultiRegion: true, Tags: [{ TagKey: 'of', TagValue: 'the primary' }] })
  const untagged = await service.ok('ReplicateKey', { KeyId: keyId, ReplicaRegion: ELSEWHERE })
  assert.deepEqual(Object.keys(untagged).toSorted(), ['ReplicaKeyMetadata', 'ReplicaPolicy'])
  const none = await service.ok('ReplicateKey', { KeyId: keyId, ReplicaRegion: THIRD, Tags: [] })
  assert.deepEqual(Object.keys(none), Object.keys(untagged))
})

test('a ciphertext of any related key opens under any other, before and after rotations', async () => {
  const { keyId } = await family([ELSEWHERE, THIRD])
  const regions = [REGION, ELSEWHERE, THIRD]
  const blobs: string[] = []
  const encryptEverywhere = async (): Promise<void> => {
    for (const region of regions) {
      const sealed = await service.ok('Encrypt', { KeyId: keyId, Plaintext: base64('secret') }, at(region))
      blobs.push(sealed.CiphertextBlob ?? '')
    }
  }
  await encryptEverywhere()
  const before = await describeIn(REGION, keyId)
  await service.force(keyId, { rotation: { periodDays: 90, nextMs: service.clock.now() } })
  await rotateDueKeys(service.services)
  await encryptEverywhere()
  for (const region of regions) {
    const { CurrentKeyMaterialId } = await describeIn(region, keyId)
    assert.notEqual(CurrentKeyMaterialId, before.CurrentKeyMaterialId)
    assert.equal(CurrentKeyMaterialId, (await describeIn(REGION, keyId)).CurrentKeyMaterialId)
    for (const CiphertextBlob of blobs) {
      const opened = await service.ok('Decrypt', { CiphertextBlob }, at(region))
      assert.deepEqual([opened.Plaintext, opened.KeyId], [base64('secret'), arnIn(region, keyId)])
    }
  }
})

test('material is sealed for its own Region: a replica’s row opens under no other', async () => {
  const { keyId } = await family([ELSEWHERE])
  const { records, hierarchy } = service.services
  const [here] = await records.listByOwner(materialTable, { region: REGION, keyId }, { limit: 1 })
  const [there] = await records.listByOwner(materialTable, { region: ELSEWHERE, keyId }, { limit: 1 })
  assert(here && there)
  assert.notDeepEqual(here.sealed, there.sealed)
  const swapped = { id: there.id, version: there.version, sealed: here.sealed }
  await assert.rejects(hierarchy.material(swapped, keySpec('SYMMETRIC_DEFAULT')), { name: 'IntegrityError' })
})

test('aliases, grants, tags, policies and the enabled state are each key’s own', async () => {
  const { keyId } = await family([ELSEWHERE])
  await service.ok('CreateAlias', { AliasName: 'alias/only-here', TargetKeyId: keyId })
  await service.ok('TagResource', { KeyId: keyId, Tags: [{ TagKey: 'a', TagValue: 'b' }] })
  await service.ok('CreateGrant', { KeyId: keyId, GranteePrincipal: ACCOUNT, Operations: ['Decrypt'] })
  await service.ok('PutKeyPolicy', { KeyId: keyId, Policy: '{}' })
  await service.ok('DisableKey', { KeyId: keyId })
  const there = at(ELSEWHERE)
  assert.match(await service.fault('DescribeKey', { KeyId: 'alias/only-here' }, there), /^NotFoundException/)
  assert.deepEqual((await service.ok<{ Tags: [] }>('ListResourceTags', { KeyId: keyId }, there)).Tags, [])
  assert.deepEqual((await service.ok<{ Grants: [] }>('ListGrants', { KeyId: keyId }, there)).Grants, [])
  assert.notEqual((await service.ok('GetKeyPolicy', { KeyId: keyId }, there)).Policy, '{}')
  assert.equal((await describeIn(ELSEWHERE, keyId)).KeyState, 'Enabled')
})

test('ReplicateKey refuses what is no primary, Regions that have the key, and Regions that cannot', async () => {
  const { keyId, arn } = await family([ELSEWHERE])
  const single = await service.createKey()
  const replicate = (KeyId: string, ReplicaRegion: string, caller?: Caller): Promise<string> =>
    service.fault('ReplicateKey', { KeyId, ReplicaRegion }, caller)
  for (const [KeyId, caller, named] of [
    [single.keyId, at(REGION), single.arn],
    [keyId, at(ELSEWHERE), arnIn(ELSEWHERE, keyId)],
  ] as const) {
    assert.equal(
      await replicate(KeyId, THIRD, caller),
      `UnsupportedOperationException: ${named} is not a multi-region primary key.`,
    )
  }
  for (const region of [ELSEWHERE, REGION]) {
    assert.equal(
      await replicate(keyId, region),
      `AlreadyExistsException: The key ${arnIn(region, keyId)} already exists.`,
    )
  }
  for (const region of ['cn-north-1', 'a-b-c-1']) assert.match(await replicate(keyId, region), /^ValidationException/)
  assert.match(await replicate(keyId, 'nowhere'), /^ValidationException: .* 'replicaRegion' failed to satisfy/)
  await service.ok('DisableKey', { KeyId: keyId })
  assert.equal(await replicate(keyId, THIRD), `DisabledException: ${arn} is disabled.`)
})

test('of two requests for the same replica exactly one succeeds', async () => {
  const { keyId } = await service.createKey({ MultiRegion: true })
  const wanted = { KeyId: keyId, ReplicaRegion: THIRD }
  const replies = await Promise.all(Array.from({ length: 6 }, () => service.call('ReplicateKey', wanted)))
  assert.equal(replies.filter(({ status }) => status === 200).length, 1)
  assert.equal(replies.filter(({ body }) => body.__type === 'AlreadyExistsException').length, 5)
})

test('replicas of several Regions that are made at once know each other', async () => {
  const { keyId } = await service.createKey({ MultiRegion: true })
  await Promise.all(
    [ELSEWHERE, THIRD].map((ReplicaRegion) => service.ok('ReplicateKey', { KeyId: keyId, ReplicaRegion })),
  )
  for (const region of [REGION, ELSEWHERE, THIRD]) {
    const { MultiRegionConfiguration } = await describeIn(region, keyId)
    const { ReplicaKeys } = MultiRegionConfiguration as { ReplicaKeys: { Region: string }[] }
    assert.deepEqual(ReplicaKeys.map(({ Region }) => Region).toSorted(), [THIRD, ELSEWHERE])
  }
})

test('UpdatePrimaryRegion lets primary and replica change places; both are Updating meanwhile', async () => {
  const { keyId, arn } = await family([ELSEWHERE, THIRD])
  await service.ok('UpdatePrimaryRegion', { KeyId: arn, PrimaryRegion: ELSEWHERE })
  for (const [region, state] of [
    [REGION, 'Updating'],
    [ELSEWHERE, 'Updating'],
    [THIRD, 'Enabled'],
  ] as const) {
    const { KeyState, MultiRegionConfiguration } = await describeIn(region, keyId)
    assert.equal(KeyState, state)
    assert.deepEqual(MultiRegionConfiguration, {
      MultiRegionKeyType: region === ELSEWHERE ? 'PRIMARY' : 'REPLICA',
      PrimaryKey: { Arn: arnIn(ELSEWHERE, keyId), Region: ELSEWHERE },
      ReplicaKeys: [REGION, THIRD].map((each) => ({ Arn: arnIn(each, keyId), Region: each })),
    })
  }
  assert.match(await service.fault('DisableKey', { KeyId: keyId }), / is updating\.$/)
  await service.ok('GenerateDataKey', { KeyId: keyId, KeySpec: 'AES_256' })
  await endTransitions(service.services)
  assert.equal((await describeIn(REGION, keyId)).KeyState, 'Enabled')
  await service.ok('ReplicateKey', { KeyId: keyId, ReplicaRegion: 'eu-west-1' }, at(ELSEWHERE))
})

test('UpdatePrimaryRegion refuses what is no primary, and Regions without a replica', async () => {
  const { keyId, arn } = await family([ELSEWHERE])
  const update = (PrimaryRegion: string, region = REGION): Promise<string> =>
    service.fault('UpdatePrimaryRegion', { KeyId: keyId, PrimaryRegion }, at(region))
  assert.equal(await update(THIRD), `NotFoundException: Key '${arnIn(THIRD, keyId)}' does not exist`)
  assert.equal(await update(REGION), `UnsupportedOperationException: ${arn} is not a multi-region replica key.`)
  assert.equal(
    await update(REGION, ELSEWHERE),
    `UnsupportedOperationException: ${arnIn(ELSEWHERE, keyId)} is not a multi-region primary key.`,
  )
  await service.ok('DisableKey', { KeyId: keyId }, at(ELSEWHERE))
  assert.equal(await update(ELSEWHERE), `DisabledException: ${arnIn(ELSEWHERE, keyId)} is disabled.`)
})

test('only the primary rotates, and replicas are not due before it', async () => {
  const { keyId } = await family([ELSEWHERE])
  await service.force(keyId, { rotation: { periodDays: 90, nextMs: service.clock.now() } })
  await rotateDueKeys(service.services)
  const rotated = await describeIn(REGION, keyId)
  service.clock.advance(91 * DAY_MS)
  await service.ok('DisableKey', { KeyId: keyId })
  await rotateDueKeys(service.services)
  for (const region of [REGION, ELSEWHERE]) {
    assert.equal((await describeIn(region, keyId)).CurrentKeyMaterialId, rotated.CurrentKeyMaterialId)
  }
  const { store } = service.services
  const due = await store.listDue('key', service.clock.now(), 1000)
  assert.deepEqual(
    due.filter(({ id }) => id.endsWith(keyId)),
    [],
  )
})

test('the log tells in each Region what happened to its key', async () => {
  await using own = await TestService.open()
  const { keyId, arn } = await own.createKey({ MultiRegion: true })
  await own.ok('ReplicateKey', { KeyId: keyId, ReplicaRegion: ELSEWHERE })
  await endTransitions(own.services)
  await own.force(keyId, { rotation: { periodDays: 90, nextMs: own.clock.now() } })
  await rotateDueKeys(own.services)
  await own.ok('UpdatePrimaryRegion', { KeyId: keyId, PrimaryRegion: ELSEWHERE })
  const events: unknown[] = []
  for await (const record of readRecords(join(own.folder, 'audit'))) {
    const event = toCloudTrail(record) as { resources: { ARN: string }[] } & Record<string, unknown>
    const arns = event.resources.map(({ ARN }) => ARN)
    events.push([event.eventName, event.awsRegion, event.eventType, arns])
  }
  const there = arnIn(ELSEWHERE, keyId)
  assert.deepEqual(events, [
    ['CreateKey', REGION, 'AwsApiCall', [arn]],
    ['ReplicateKey', REGION, 'AwsApiCall', [arn, there]],
    ['SynchronizeMultiRegionKey', ELSEWHERE, 'AwsServiceEvent', [there]],
    ['RotateKey', REGION, 'AwsServiceEvent', [arn]],
    ['SynchronizeMultiRegionKey', ELSEWHERE, 'AwsServiceEvent', [there]],
    ['UpdatePrimaryRegion', REGION, 'AwsApiCall', [arn, there]],
    ['UpdatePrimaryRegion', ELSEWHERE, 'AwsServiceEvent', [there]],
  ])
})
