import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import type { KeySpec } from '@keyhold/protocol'
import type { Caller } from '../../../../src/identity/accounts/caller.ts'
import { rotateDueKeys } from '../../../../src/jobs/rotation.ts'
import { endTransitions } from '../../../../src/jobs/transitions.ts'
import { DAY_MS } from '../../../../src/services/kms/keys/new-key.ts'
import { recordsOf } from '../../../support/records.ts'
import { ACCOUNT, base64, callerOf, REGION, TestService } from '../../../support/service.ts'

/** Related keys rotate together. Source: AWS KMS Developer Guide, "Rotating multi-Region keys". */

const ELSEWHERE = 'us-west-2'
const REGIONS = [REGION, ELSEWHERE]

let service: TestService
let keyId: string

before(async () => (service = await TestService.open()))
after(() => service[Symbol.asyncDispose]())
beforeEach(async () => ({ keyId } = await family()))

const at = (region: string): Caller => callerOf(ACCOUNT, region)

async function family(input: object = {}): Promise<{ keyId: string }> {
  const key = await service.createKey({ MultiRegion: true, ...input })
  await service.ok('ReplicateKey', { KeyId: key.keyId, ReplicaRegion: ELSEWHERE })
  await endTransitions(service.services)
  return key
}

function everywhere<T>(operation: 'GetKeyRotationStatus' | 'ListKeyRotations' | 'DescribeKey'): Promise<T[]> {
  return Promise.all(REGIONS.map((region) => service.ok<T>(operation, { KeyId: keyId }, at(region))))
}

test('the schedule of the primary key is that of its replicas', async () => {
  await service.ok('EnableKeyRotation', { KeyId: keyId, RotationPeriodInDays: 100 })
  const [here, there] = await everywhere<Record<string, unknown>>('GetKeyRotationStatus')
  assert.equal(here?.['RotationPeriodInDays'], 100)
  assert.deepEqual({ ...there, KeyId: here['KeyId'] }, here)
  await service.ok('DisableKeyRotation', { KeyId: keyId })
  for (const { KeyRotationEnabled } of await everywhere<Record<string, unknown>>('GetKeyRotationStatus')) {
    assert.equal(KeyRotationEnabled, false)
  }
  const records = (await recordsOf(service)).slice(-6).map(({ operation, region }) => [operation, region])
  assert.deepEqual(
    records.filter(([operation]) => operation === 'SynchronizeMultiRegionKey'),
    [['SynchronizeMultiRegionKey', ELSEWHERE]],
  )
})

test('a rotation on demand is listed in every Region, counts once, and opens what was before', async () => {
  const { CiphertextBlob } = await service.ok('Encrypt', { KeyId: keyId, Plaintext: base64('x') }, at(ELSEWHERE))
  await service.ok('RotateKeyOnDemand', { KeyId: keyId })
  const [here, there] = await everywhere<{ Rotations: object[] }>('ListKeyRotations')
  assert.equal(here?.Rotations.length, 1)
  assert.deepEqual(there, here)
  for (const region of REGIONS) await service.ok('Decrypt', { CiphertextBlob }, at(region))
  const { directory } = service.services
  await directory.catchUp()
  for (const region of REGIONS) assert.equal((await directory.key({ region, keyId }))?.value.onDemandRotations, 1)
})

test('once another Region has the primary key, it rotates there', async () => {
  await service.ok('EnableKeyRotation', { KeyId: keyId, RotationPeriodInDays: 90 })
  await service.ok('UpdatePrimaryRegion', { KeyId: keyId, PrimaryRegion: ELSEWHERE })
  await endTransitions(service.services)
  service.clock.advance(90 * DAY_MS)
  await rotateDueKeys(service.services)
  const [here, there] = await everywhere<{ Rotations: { RotationType: string }[] }>('ListKeyRotations')
  assert.deepEqual(
    here?.Rotations.map(({ RotationType }) => RotationType),
    ['AUTOMATIC'],
  )
  assert.deepEqual(there, here)
  const record = (await recordsOf(service)).findLast(({ operation }) => operation === 'RotateKey')
  assert.equal(record?.region, ELSEWHERE)
})

test('a rotation and a replica that come at once leave no Region without material', async () => {
  const { keyId: KeyId } = await service.createKey({ MultiRegion: true })
  await Promise.all([
    service.ok('RotateKeyOnDemand', { KeyId }),
    service.ok('ReplicateKey', { KeyId, ReplicaRegion: ELSEWHERE }),
    service.ok('RotateKeyOnDemand', { KeyId }),
  ])
  await endTransitions(service.services)
  const { CiphertextBlob } = await service.ok('Encrypt', { KeyId, Plaintext: base64('x') }, at(ELSEWHERE))
  await service.ok('Decrypt', { CiphertextBlob })
})

test('what a pair signs, or a key authenticates, in one Region is verified in another', async () => {
  const specs: [KeySpec, string][] = [
    ['RSA_2048', 'RSASSA_PSS_SHA_256'],
    ['ECC_NIST_P521', 'ECDSA_SHA_512'],
    ['ECC_NIST_EDWARDS25519', 'ED25519_SHA_512'],
    ['ML_DSA_44', 'ML_DSA_SHAKE_256'],
  ]
  for (const [KeySpec, SigningAlgorithm] of specs) {
    const { keyId: KeyId } = await family({ KeySpec, KeyUsage: 'SIGN_VERIFY' })
    const message = { KeyId, Message: base64('text'), SigningAlgorithm }
    const { Signature } = await service.ok('Sign', message, at(ELSEWHERE))
    await service.ok('Verify', { ...message, Signature })
  }
  const { keyId: KeyId } = await family({ KeySpec: 'HMAC_384', KeyUsage: 'GENERATE_VERIFY_MAC' })
  const message = { KeyId, Message: base64('text'), MacAlgorithm: 'HMAC_SHA_384' }
  const { Mac } = await service.ok('GenerateMac', message)
  await service.ok('VerifyMac', { ...message, Mac }, at(ELSEWHERE))
})
