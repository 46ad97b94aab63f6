import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, beforeEach, test } from 'node:test'
import type { Caller } from '../../../../src/identity/accounts/caller.ts'
import { deleteExpiredMaterial } from '../../../../src/jobs/expiry.ts'
import { dateAlone } from '../../../../src/jobs/time-guard.ts'
import { endTransitions } from '../../../../src/jobs/transitions.ts'
import { keySpecs } from '../../../../src/domain/keys/specs.ts'
import { pkcs8, testKey } from '../../../crypto/support/keys.ts'
import { importFault, importInto, validFor, wrappedFor } from '../../../support/import.ts'
import { ACCOUNT, base64, callerOf, REGION, TestService } from '../../../support/service.ts'

/** Imported material of related keys. Source: AWS KMS Developer Guide, "Multi-Region keys with imported key material". */

const ELSEWHERE = 'us-west-2'
const REGIONS = [REGION, ELSEWHERE]
const NEW = { ImportType: 'NEW_KEY_MATERIAL' }
const there = callerOf(ACCOUNT, ELSEWHERE)

let service: TestService
let keyId: string
let arn: string
const materials = [randomBytes(32), randomBytes(32), randomBytes(32)] as const

before(async () => (service = await TestService.open()))
after(() => service[Symbol.asyncDispose]())
beforeEach(async () => {
  ;({ keyId, arn } = await service.createKey({ Origin: 'EXTERNAL', MultiRegion: true }))
  await importInto(service, keyId, materials[0])
  await replicate()
})

async function replicate(KeyId = keyId): Promise<void> {
  await service.ok('ReplicateKey', { KeyId, ReplicaRegion: ELSEWHERE })
  await endTransitions(service.services)
}

const at = (region: string): Caller => callerOf(ACCOUNT, region)

async function describeIn(region: string, KeyId = keyId): Promise<Record<string, unknown>> {
  return (await service.ok<{ KeyMetadata: Record<string, unknown> }>('DescribeKey', { KeyId }, at(region))).KeyMetadata
}

async function stateIn(region: string): Promise<unknown> {
  return (await describeIn(region)).KeyState
}

async function materialsIn(region: string): Promise<unknown[]> {
  const input = { KeyId: keyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' }
  const { Rotations } = await service.ok<{ Rotations: Record<string, unknown>[] }>(
    'ListKeyRotations',
    input,
    at(region),
  )
  return Rotations.map(({ KeyMaterialState, ImportState }) => `${String(KeyMaterialState)}, ${String(ImportState)}`)
}

async function encryptIn(region: string): Promise<string> {
  const encrypted = await service.ok('Encrypt', { KeyId: keyId, Plaintext: base64('text') }, at(region))
  return encrypted.CiphertextBlob ?? ''
}

async function openEverywhere(...blobs: string[]): Promise<void> {
  for (const region of REGIONS) {
    for (const CiphertextBlob of blobs) {
      assert.equal((await service.ok('Decrypt', { CiphertextBlob }, at(region))).Plaintext, base64('text'))
    }
  }
}

test('a replica waits until the same material is imported into it, and takes no other', async () => {
  const blob = await encryptIn(REGION)
  assert.equal(await stateIn(ELSEWHERE), 'PendingImport')
  assert.equal((await describeIn(ELSEWHERE)).CurrentKeyMaterialId, (await describeIn(REGION)).CurrentKeyMaterialId)
  assert.equal('ExpirationModel' in (await describeIn(ELSEWHERE)), false)
  assert.deepEqual(await materialsIn(ELSEWHERE), ['CURRENT, PENDING_IMPORT'])
  assert.equal(await importFault(service, keyId, materials[1], {}, there), 'IncorrectKeyMaterialException')
  await importInto(service, keyId, materials[0], {}, there)
  assert.equal(await stateIn(ELSEWHERE), 'Enabled')
  await openEverywhere(blob, await encryptIn(ELSEWHERE))
})

test('a parameter set of one Region brings material into no other', async () => {
  const wrapped = await wrappedFor(service, keyId, materials[0])
  const refused = await service.fault('ImportKeyMaterial', { KeyId: keyId, ...wrapped }, there)
  assert.equal(refused, 'InvalidImportTokenException')
})

test('material that is deleted in one Region is gone there, and nowhere else', async () => {
  await importInto(service, keyId, materials[0], {}, there)
  await service.ok('DeleteImportedKeyMaterial', { KeyId: keyId }, there)
  assert.deepEqual([await stateIn(REGION), await stateIn(ELSEWHERE)], ['Enabled', 'PendingImport'])
  await importInto(service, keyId, materials[0], {}, there)
  await service.ok('DeleteImportedKeyMaterial', { KeyId: keyId })
  assert.deepEqual([await stateIn(REGION), await stateIn(ELSEWHERE)], ['PendingImport', 'Enabled'])
})

test('new material enters by the primary key, and is used everywhere at once when every Region has it', async () => {
  await importInto(service, keyId, materials[0], {}, there)
  const old = await encryptIn(ELSEWHERE)
  const arnThere = arn.replace(REGION, ELSEWHERE)
  assert.equal(
    await importFault(service, keyId, materials[1], NEW, there),
    `UnsupportedOperationException: ${arnThere} is not a multi-region primary key.`,
  )
  await importInto(service, keyId, materials[1], NEW)
  assert.deepEqual(await materialsIn(REGION), [
    'CURRENT, IMPORTED',
    'PENDING_MULTI_REGION_IMPORT_AND_ROTATION, IMPORTED',
  ])
  assert.deepEqual(await materialsIn(ELSEWHERE), [
    'CURRENT, IMPORTED',
    'PENDING_MULTI_REGION_IMPORT_AND_ROTATION, PENDING_IMPORT',
  ])
  const early = await service.fault('RotateKeyOnDemand', { KeyId: keyId })
  assert.equal(early, `KMSInvalidStateException: No available key material pending rotation for the key: ${arn}.`)
  await importInto(service, keyId, materials[1], {}, there)
  for (const region of REGIONS) {
    assert.deepEqual(await materialsIn(region), ['CURRENT, IMPORTED', 'PENDING_ROTATION, IMPORTED'])
  }
  await service.ok('RotateKeyOnDemand', { KeyId: keyId })
  for (const region of REGIONS) {
    assert.deepEqual(await materialsIn(region), ['NON_CURRENT, IMPORTED', 'CURRENT, IMPORTED'])
    assert.equal(await stateIn(region), 'Enabled')
  }
  await openEverywhere(old, await encryptIn(REGION), await encryptIn(ELSEWHERE))
})

test('a replica that is made while material waits has to import that too', async () => {
  const own = await service.createKey({ Origin: 'EXTERNAL', MultiRegion: true })
  keyId = own.keyId
  await importInto(service, keyId, materials[0])
  await Promise.all([importInto(service, keyId, materials[1], NEW), replicate()])
  await importInto(service, keyId, materials[0], {}, there)
  assert.equal(await stateIn(ELSEWHERE), 'Enabled')
  await importInto(service, keyId, materials[1], {}, there)
  await service.ok('RotateKeyOnDemand', { KeyId: keyId })
  await openEverywhere(await encryptIn(REGION))
})

test('material that waits and is deleted in a replica may come back, and in the primary is gone everywhere', async () => {
  await importInto(service, keyId, materials[0], {}, there)
  const KeyMaterialId = await importInto(service, keyId, materials[1], NEW)
  await importInto(service, keyId, materials[1], {}, there)
  await service.ok('DeleteImportedKeyMaterial', { KeyId: keyId, KeyMaterialId }, there)
  assert.equal((await materialsIn(ELSEWHERE)).at(-1), 'PENDING_MULTI_REGION_IMPORT_AND_ROTATION, PENDING_IMPORT')
  await importInto(service, keyId, materials[1], {}, there)
  await service.ok('DeleteImportedKeyMaterial', { KeyId: keyId, KeyMaterialId })
  for (const region of REGIONS) assert.deepEqual(await materialsIn(region), ['CURRENT, IMPORTED'])
  await importInto(service, keyId, materials[2], NEW)
  await importInto(service, keyId, materials[2], {}, there)
  await service.ok('RotateKeyOnDemand', { KeyId: keyId })
  assert.equal(await stateIn(ELSEWHERE), 'Enabled')
})

test('a key whose material expires while it changes places waits for its import afterwards', async () => {
  await importInto(service, keyId, materials[0], validFor(service, 1000), there)
  await service.ok('UpdatePrimaryRegion', { KeyId: keyId, PrimaryRegion: ELSEWHERE })
  service.clock.advance(1000)
  const guard = dateAlone
  await deleteExpiredMaterial({ ...service.services, guard })
  await endTransitions(service.services)
  assert.deepEqual([await stateIn(REGION), await stateIn(ELSEWHERE)], ['Enabled', 'PendingImport'])
})

test('a replica of a pair gives its public half before its private one is there', async () => {
  const wanted = { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY', Origin: 'EXTERNAL', MultiRegion: true }
  const { keyId: KeyId } = await service.createKey(wanted)
  const material = pkcs8(testKey('ECC_NIST_P256').key)
  await importInto(service, KeyId, material)
  await replicate(KeyId)
  const [here, elsewhere] = await Promise.all(
    REGIONS.map((region) => service.ok('GetPublicKey', { KeyId }, at(region))),
  )
  assert.equal(elsewhere?.PublicKey, here?.PublicKey)
  const message = { KeyId, Message: base64('text'), SigningAlgorithm: 'ECDSA_SHA_256' }
  assert.match(await service.fault('Sign', message, there), / is pending import\.$/)
  await importInto(service, KeyId, material, {}, there)
  const { Signature } = await service.ok('Sign', message, there)
  await service.ok('Verify', { ...message, Signature })
})

test('a key of every spec may be multi-Region, and wait for its import if material of the spec can be imported', async () => {
  for (const { name: KeySpec, usages, offered, wrappingAlgorithms } of keySpecs()) {
    if (!offered) continue
    const wanted = { KeySpec, KeyUsage: usages[0], MultiRegion: true }
    const Origin = wrappingAlgorithms.length > 0 ? 'EXTERNAL' : 'AWS_KMS'
    const made = await service.createKey({ ...wanted, Origin })
    assert.match(made.keyId, /^mrk-/, KeySpec)
    const { KeyState, MultiRegion } = await describeIn(REGION, made.keyId)
    assert.deepEqual([KeyState, MultiRegion], [Origin === 'EXTERNAL' ? 'PendingImport' : 'Enabled', true], KeySpec)
  }
})
