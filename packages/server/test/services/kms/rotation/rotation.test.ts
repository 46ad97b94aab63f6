import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import { rotateDueKeys } from '../../../../src/jobs/rotation.ts'
import { DAY_MS } from '../../../../src/services/kms/keys/new-key.ts'
import { importInto } from '../../../support/import.ts'
import { recordsOf } from '../../../support/records.ts'
import { base64, TestService } from '../../../support/service.ts'

let service: TestService
before(async () => (service = await TestService.open()))
after(() => service[Symbol.asyncDispose]())

type Rotations = { Rotations: Record<string, unknown>[]; Truncated: boolean; NextMarker?: string }

async function status(keyId: string): Promise<Record<string, unknown>> {
  return service.ok<Record<string, unknown>>('GetKeyRotationStatus', { KeyId: keyId })
}

function list(keyId: string, input: object = {}): Promise<Rotations> {
  return service.ok<Rotations>('ListKeyRotations', { KeyId: keyId, ...input })
}

test('a key does not rotate until it is told to, once a year unless told otherwise', async () => {
  const { keyId, arn } = await service.createKey()
  assert.deepEqual(await status(keyId), { KeyId: arn, KeyRotationEnabled: false })
  await service.ok('EnableKeyRotation', { KeyId: arn })
  const inDays = (days: number): number => (service.clock.now() + days * DAY_MS) / 1000
  assert.deepEqual(await status(keyId), {
    KeyId: arn,
    KeyRotationEnabled: true,
    RotationPeriodInDays: 365,
    NextRotationDate: inDays(365),
  })
  const planned = inDays(365)
  service.clock.advance(10 * DAY_MS)
  await service.ok('EnableKeyRotation', { KeyId: keyId })
  assert.equal((await status(keyId))['NextRotationDate'], planned, 'a repetition puts nothing off')
  await service.ok('EnableKeyRotation', { KeyId: keyId, RotationPeriodInDays: 90 })
  assert.equal((await status(keyId))['NextRotationDate'], inDays(90))
  await service.ok('DisableKeyRotation', { KeyId: keyId })
  assert.deepEqual(await status(keyId), { KeyId: arn, KeyRotationEnabled: false })
})

test('a key that waits for its deletion does not rotate, and has its schedule again when that is cancelled', async () => {
  for (const MultiRegion of [false, true]) {
    const { keyId, arn } = await service.createKey({ MultiRegion })
    if (MultiRegion) await service.ok('ReplicateKey', { KeyId: keyId, ReplicaRegion: 'us-west-2' })
    await service.ok('EnableKeyRotation', { KeyId: keyId, RotationPeriodInDays: 100 })
    const before = await status(keyId)
    assert.ok(before['NextRotationDate'])
    const { KeyState } = await service.ok('ScheduleKeyDeletion', { KeyId: keyId })
    assert.equal(KeyState, MultiRegion ? 'PendingReplicaDeletion' : 'PendingDeletion')
    assert.deepEqual(await status(keyId), { KeyId: arn, KeyRotationEnabled: false })
    await service.ok('CancelKeyDeletion', { KeyId: keyId })
    assert.deepEqual(await status(keyId), before, 'and a key that is disabled keeps its status')
  }
})

test('a period is from 90 to 2560 days', async () => {
  const { keyId } = await service.createKey()
  const attempt = (RotationPeriodInDays: number): Promise<string> =>
    service.fault('EnableKeyRotation', { KeyId: keyId, RotationPeriodInDays })
  assert.match(await attempt(89), /'rotationPeriodInDays' failed .* greater than or equal to 90$/)
  assert.match(await attempt(2561), /'rotationPeriodInDays' failed .* less than or equal to 2560$/)
  for (const RotationPeriodInDays of [90, 2560]) {
    await service.ok('EnableKeyRotation', { KeyId: keyId, RotationPeriodInDays })
  }
})

test('a key is rotated on demand at once, 25 times, and its schedule stays', async () => {
  const { keyId, arn } = await service.createKey()
  await service.ok('EnableKeyRotation', { KeyId: keyId })
  const before = await status(keyId)
  const blobs = new Map<string, string>()
  for (let count = 0; count <= 25; count++) {
    const sealed = await service.ok('GenerateDataKey', { KeyId: keyId, KeySpec: 'AES_256' })
    blobs.set(sealed.KeyMaterialId ?? '', sealed.CiphertextBlob ?? '')
    service.clock.advance(1000)
    if (count < 25) assert.deepEqual(await service.ok('RotateKeyOnDemand', { KeyId: keyId }), { KeyId: arn })
  }
  assert.equal(blobs.size, 26)
  assert.equal(
    await service.fault('RotateKeyOnDemand', { KeyId: keyId }),
    'LimitExceededException: The on-demand rotations limit has been reached for the given keyId. ' +
      `No more on-demand rotations can be performed for this key: ${arn}`,
  )
  assert.deepEqual(await status(keyId), before)
  for (const [id, CiphertextBlob] of blobs) {
    assert.equal((await service.ok('Decrypt', { CiphertextBlob })).KeyMaterialId, id)
  }
  service.clock.advance(365 * DAY_MS)
  await rotateDueKeys(service.engine)
  const { Rotations } = await list(keyId)
  assert.deepEqual(Rotations.at(-1)?.['RotationType'], 'AUTOMATIC')
})

test('a rotation on demand is two records in one change: the call, and what the service did', async () => {
  const { keyId } = await service.createKey()
  await service.ok('RotateKeyOnDemand', { KeyId: keyId })
  const [call, event] = (await recordsOf(service)).slice(-2)
  assert.deepEqual(
    [call?.operation, call?.kind, event?.operation, event?.kind],
    ['RotateKeyOnDemand', 'call', 'RotateKey', 'service'],
  )
  assert.equal(event?.additional?.['rotationType'], 'ON_DEMAND')
})

test('every answer that names material names what encrypted: the new one for new, the old one for old ciphertexts', async () => {
  const { keyId } = await service.createKey()
  const sealed = await service.ok('GenerateDataKey', { KeyId: keyId, KeySpec: 'AES_256' })
  const old = sealed.KeyMaterialId
  await service.ok('RotateKeyOnDemand', { KeyId: keyId })
  const moved = await service.ok('ReEncrypt', { CiphertextBlob: sealed.CiphertextBlob, DestinationKeyId: keyId })
  const hidden = await service.ok('GenerateDataKeyWithoutPlaintext', { KeyId: keyId, KeySpec: 'AES_256' })
  assert.equal(moved.SourceKeyMaterialId, old)
  assert.notEqual(moved.DestinationKeyMaterialId, old)
  assert.equal(hidden.KeyMaterialId, moved.DestinationKeyMaterialId)
  const opened = await service.ok('Decrypt', { CiphertextBlob: moved.CiphertextBlob })
  assert.deepEqual([opened.KeyMaterialId, opened.Plaintext], [moved.DestinationKeyMaterialId, sealed.Plaintext])
})

test('rotations are listed oldest first, without the first material unless all is asked for', async () => {
  const { keyId } = await service.createKey()
  assert.deepEqual(await list(keyId), { Rotations: [], Truncated: false })
  const dates: number[] = []
  for (let count = 0; count < 3; count++) {
    service.clock.advance(1000)
    dates.push(service.clock.now() / 1000)
    await service.ok('RotateKeyOnDemand', { KeyId: keyId })
  }
  const { Rotations } = await list(keyId)
  assert.deepEqual(
    Rotations.map(({ KeyId, RotationDate, RotationType }) => [KeyId, RotationDate, RotationType]),
    dates.map((date) => [keyId, date, 'ON_DEMAND']),
  )
  const all = (await list(keyId, { IncludeKeyMaterial: 'ALL_KEY_MATERIAL' })).Rotations
  assert.deepEqual(all.slice(1), Rotations)
  const { KeyMaterialId: _, ...first } = all[0] ?? {}
  assert.deepEqual(first, { KeyId: keyId, KeyMaterialState: 'NON_CURRENT' })
  assert.deepEqual(
    all.map(({ KeyMaterialState }) => KeyMaterialState),
    ['NON_CURRENT', 'NON_CURRENT', 'NON_CURRENT', 'CURRENT'],
  )
})

test('the list of rotations comes in pages, whose markers lead nowhere else', async () => {
  const { keyId } = await service.createKey()
  for (let count = 0; count < 4; count++) {
    service.clock.advance(1000)
    await service.ok('RotateKeyOnDemand', { KeyId: keyId })
  }
  const whole = (await list(keyId)).Rotations
  const first = await list(keyId, { Limit: 3 })
  assert.deepEqual([first.Rotations, first.Truncated], [whole.slice(0, 3), true])
  const second = await list(keyId, { Limit: 3, Marker: first.NextMarker })
  assert.deepEqual([second.Rotations, second.Truncated, second.NextMarker], [whole.slice(3), false, undefined])
  const { keyId: other } = await service.createKey()
  const strange = [
    { KeyId: other, Marker: first.NextMarker },
    { KeyId: keyId, Marker: first.NextMarker, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' },
    { KeyId: keyId, Marker: 'made-up' },
  ]
  for (const input of strange) {
    assert.match(await service.fault('ListKeyRotations', input), /^InvalidMarkerException: /)
  }
})

test('keys that cannot rotate are refused in AWS’s words, their state before their kind', async () => {
  const { keyId, arn } = await service.createKey({ Origin: 'EXTERNAL' })
  const origin = `UnsupportedOperationException: ${arn} origin is EXTERNAL which is not valid for this operation.`
  const operations = ['EnableKeyRotation', 'DisableKeyRotation', 'GetKeyRotationStatus'] as const
  for (const name of operations) assert.equal(await service.fault(name, { KeyId: keyId }), origin)
  await importInto(service, keyId, randomBytes(32))
  for (const name of operations) assert.equal(await service.fault(name, { KeyId: keyId }), origin)

  const pair = await service.createKey({ Origin: 'EXTERNAL', KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' })
  const rotate = (): Promise<string> => service.fault('RotateKeyOnDemand', { KeyId: pair.keyId })
  assert.equal(await rotate(), `KMSInvalidStateException: ${pair.arn} is pending import.`)
  await importInto(service, pair.keyId, randomBytes(32))
  assert.equal(await rotate(), 'UnsupportedOperationException')
  assert.equal(await service.fault('ListKeyRotations', { KeyId: pair.keyId }), 'UnsupportedOperationException')
})

test('the rotation of related keys is a matter of their primary', async () => {
  const { keyId, arn } = await service.createKey()
  await service.force(keyId, {
    multiRegion: { type: 'REPLICA', primaryRegion: 'eu-west-1', replicaRegions: ['eu-central-1'] },
  })
  for (const name of ['EnableKeyRotation', 'DisableKeyRotation', 'RotateKeyOnDemand'] as const) {
    assert.equal(
      await service.fault(name, { KeyId: keyId }),
      `UnsupportedOperationException: ${arn} is not a multi-region primary key.`,
    )
  }
  assert.equal((await status(keyId))['KeyRotationEnabled'], false)
})

test('a rotation on demand that comes with another change of the key loses neither', async () => {
  const { keyId } = await service.createKey()
  await Promise.all([
    service.ok('RotateKeyOnDemand', { KeyId: keyId }),
    service.ok('UpdateKeyDescription', { KeyId: keyId, Description: 'changed' }),
    service.ok('RotateKeyOnDemand', { KeyId: keyId }),
  ])
  assert.equal((await list(keyId)).Rotations.length, 2)
  const { KeyMetadata } = await service.ok<{ KeyMetadata: { Description: string } }>('DescribeKey', { KeyId: keyId })
  assert.equal(KeyMetadata.Description, 'changed')
  await service.ok('Encrypt', { KeyId: keyId, Plaintext: base64('x') })
})
