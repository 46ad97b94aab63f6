import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, beforeEach, test } from 'node:test'
import { DAY_MS } from '../../../../src/services/kms/keys/new-key.ts'
import { importFault, importInto, validFor } from '../../../support/import.ts'
import { base64, REGION, TestService } from '../../../support/service.ts'

/** A symmetric key whose materials are imported one after the other. */

let service: TestService
let keyId: string
let arn: string
const materials = [randomBytes(32), randomBytes(32), randomBytes(32)] as const
const NEW = { ImportType: 'NEW_KEY_MATERIAL' }

before(async () => (service = await TestService.open()))
after(() => service[Symbol.asyncDispose]())
beforeEach(async () => {
  ;({ keyId, arn } = await service.createKey({ Origin: 'EXTERNAL' }))
})

async function listed(): Promise<Record<string, unknown>[]> {
  const input = { KeyId: keyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' }
  const { Rotations } = await service.ok<{ Rotations: Record<string, unknown>[] }>('ListKeyRotations', input)
  return Rotations
}

async function state(): Promise<unknown> {
  return (await service.ok<{ KeyMetadata: Record<string, unknown> }>('DescribeKey', { KeyId: keyId })).KeyMetadata[
    'KeyState'
  ]
}

async function encrypted(): Promise<string> {
  return (await service.ok('Encrypt', { KeyId: keyId, Plaintext: base64('text') })).CiphertextBlob ?? ''
}

async function materialThatOpens(blob: string): Promise<string | undefined> {
  const opened = await service.ok('Decrypt', { CiphertextBlob: blob })
  assert.equal(opened.Plaintext, base64('text'))
  return opened.KeyMaterialId
}

test('new material waits until the key is rotated on demand, and what the old one encrypted still opens', async () => {
  const first = await importInto(service, keyId, materials[0])
  const second = await importInto(service, keyId, materials[1], { ...NEW, KeyMaterialDescription: 'second' })
  assert.deepEqual(
    (await listed()).map(({ KeyMaterialId, KeyMaterialState }) => [KeyMaterialId, KeyMaterialState]),
    [
      [first, 'CURRENT'],
      [second, 'PENDING_ROTATION'],
    ],
  )
  const before = await encrypted()
  assert.equal(await materialThatOpens(before), first)
  service.clock.advance(5000)
  assert.deepEqual(await service.ok('RotateKeyOnDemand', { KeyId: keyId }), { KeyId: arn })
  assert.equal(await materialThatOpens(before), first)
  assert.equal(await materialThatOpens(await encrypted()), second)
  assert.deepEqual(await listed(), [
    {
      KeyId: keyId,
      KeyMaterialId: first,
      KeyMaterialState: 'NON_CURRENT',
      ImportState: 'IMPORTED',
      ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE',
    },
    {
      KeyId: keyId,
      KeyMaterialId: second,
      KeyMaterialDescription: 'second',
      KeyMaterialState: 'CURRENT',
      ImportState: 'IMPORTED',
      ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE',
      RotationDate: service.clock.now() / 1000,
      RotationType: 'ON_DEMAND',
    },
  ])
})

test('without material that waits there is no rotation, and one at a time may wait', async () => {
  await importInto(service, keyId, materials[0])
  const none = `KMSInvalidStateException: No available key material pending rotation for the key: ${arn}.`
  assert.equal(await service.fault('RotateKeyOnDemand', { KeyId: keyId }), none)
  const second = await importInto(service, keyId, materials[1], NEW)
  const message = await importFault(service, keyId, materials[2], NEW)
  const [, third = ''] = /\(id: ([0-9a-f]{64})\)/.exec(message) ?? []
  assert.equal(
    message,
    `KMSInvalidStateException: New key material (id: ${third}) cannot be imported into KMS key ${arn}, ` +
      `because another key material (id: ${second}) is pending rotation.`,
  )
  assert.equal(await importInto(service, keyId, materials[1], NEW), second)
  await service.ok('RotateKeyOnDemand', { KeyId: keyId })
  assert.equal(await service.fault('RotateKeyOnDemand', { KeyId: keyId }), none)
  assert.equal(await importInto(service, keyId, materials[2], NEW), third)
})

test('only what belongs to a key is imported as existing, and only what does not as new', async () => {
  const first = await importInto(service, keyId, materials[0], NEW)
  assert.equal(await importFault(service, keyId, materials[1]), 'IncorrectKeyMaterialException')
  assert.equal(await importFault(service, keyId, materials[0], NEW), 'IncorrectKeyMaterialException')
  const named = (KeyMaterialId: string): object => ({ KeyMaterialId })
  assert.equal(await importFault(service, keyId, materials[0], named('a'.repeat(64))), 'IncorrectKeyMaterialException')
  assert.equal(await importInto(service, keyId, materials[0], named(first)), first)
  assert.match(
    await importFault(service, keyId, materials[1], { ...NEW, ...named(first) }),
    /^ValidationException: KeyMaterialId cannot/,
  )
  const { keyId: fresh } = await service.createKey({ Origin: 'EXTERNAL' })
  const existing = { ImportType: 'EXISTING_KEY_MATERIAL' }
  assert.equal(await importFault(service, fresh, materials[0], existing), 'IncorrectKeyMaterialException')
})

test('a key works only with all that belongs to it, and material that waits does not belong to it yet', async () => {
  const first = await importInto(service, keyId, materials[0])
  const second = await importInto(service, keyId, materials[1], NEW)
  await service.ok('DeleteImportedKeyMaterial', { KeyId: keyId, KeyMaterialId: second })
  assert.equal(await state(), 'Enabled')
  assert.deepEqual(
    (await listed()).map(({ KeyMaterialId }) => KeyMaterialId),
    [first],
  )
  assert.equal(await service.services.store.get('material', `${REGION}/${keyId}/${second}`), undefined)
  await importInto(service, keyId, materials[1], NEW)
  await service.ok('RotateKeyOnDemand', { KeyId: keyId })
  await service.ok('DeleteImportedKeyMaterial', { KeyId: keyId, KeyMaterialId: first })
  assert.equal(await state(), 'PendingImport')
  await service.ok('DeleteImportedKeyMaterial', { KeyId: keyId })
  assert.deepEqual(
    (await listed()).map(({ KeyMaterialState, ImportState }) => [KeyMaterialState, ImportState]),
    [
      ['NON_CURRENT', 'PENDING_IMPORT'],
      ['CURRENT', 'PENDING_IMPORT'],
    ],
  )
  assert.equal(await importInto(service, keyId, materials[1]), second)
  assert.equal(await state(), 'PendingImport')
  assert.equal(await importInto(service, keyId, materials[0]), first)
  assert.equal(await state(), 'Enabled')
})

test('the first that expires is what a key says of its expiry', async () => {
  await importInto(service, keyId, materials[0], validFor(service, 9 * DAY_MS))
  await importInto(service, keyId, materials[1], { ...NEW, ...validFor(service, 3 * DAY_MS) })
  const validTo = async (): Promise<number> => {
    const { KeyMetadata } = await service.ok<{ KeyMetadata: { ValidTo: number } }>('DescribeKey', { KeyId: keyId })
    return Math.round(KeyMetadata.ValidTo * 1000 - service.clock.now())
  }
  assert.equal(await validTo(), 9 * DAY_MS)
  await service.ok('RotateKeyOnDemand', { KeyId: keyId })
  await importInto(service, keyId, materials[1], validFor(service, 3 * DAY_MS))
  assert.equal(await validTo(), 3 * DAY_MS)
})

test('the expiry of material counts from the moment when it becomes current', async () => {
  await importInto(service, keyId, materials[0])
  const valid = validFor(service, DAY_MS)
  await importInto(service, keyId, materials[1], { ...NEW, ...valid })
  const validTo = async (): Promise<unknown> =>
    (await service.ok<{ KeyMetadata: Record<string, unknown> }>('DescribeKey', { KeyId: keyId })).KeyMetadata['ValidTo']
  assert.equal(await validTo(), undefined)
  await service.ok('RotateKeyOnDemand', { KeyId: keyId })
  assert.equal(await validTo(), valid.ValidTo)
  service.clock.advance(DAY_MS)
  assert.equal(await state(), 'PendingImport')
  const use = { KeyId: keyId, Plaintext: base64('text') }
  assert.equal(await service.fault('Encrypt', use), `KMSInvalidStateException: ${arn} is pending import.`)
})
