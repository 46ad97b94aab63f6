import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { deleteExpiredMaterial } from '../../src/jobs/expiry.ts'
import { dateAlone } from '../../src/jobs/time-guard.ts'
import { DAY_MS } from '../../src/services/kms/keys/new-key.ts'
import { listing } from '../support/hierarchy.ts'
import { importFault, importInto, validFor } from '../support/import.ts'
import { recordsOf } from '../support/records.ts'
import { onStore } from '../support/on-store.ts'
import { base64, REGION, TestService } from '../support/service.ts'

const expiry = (service: TestService): (() => Promise<void>) => {
  return () => deleteExpiredMaterial({ ...service.services, guard: dateAlone })
}

async function state(service: TestService, keyId: string): Promise<unknown> {
  const { KeyMetadata } = await service.ok<{ KeyMetadata: Record<string, unknown> }>('DescribeKey', { KeyId: keyId })
  return KeyMetadata['KeyState']
}

async function sealedBytes(service: TestService, keyId: string, id: string): Promise<Uint8Array | null | undefined> {
  return (await service.services.store.get('material', `${REGION}/${keyId}/${id}`))?.sealed
}

test('expired material is gone when its time comes, and opens its ciphertexts again once it is imported again', async () => {
  await using service = await TestService.open()
  const run = expiry(service)
  const { keyId, arn } = await service.createKey({ Origin: 'EXTERNAL' })
  const material = randomBytes(32)
  const id = await importInto(service, keyId, material, validFor(service, DAY_MS))
  const { CiphertextBlob } = await service.ok('Encrypt', { KeyId: keyId, Plaintext: base64('text') })
  await run()
  service.clock.advance(DAY_MS - 1)
  await run()
  assert.equal(await state(service, keyId), 'Enabled')
  service.clock.advance(1)
  await run()
  assert.equal(await state(service, keyId), 'PendingImport')
  assert.equal(await sealedBytes(service, keyId, id), null)
  const refused = await service.fault('Decrypt', { CiphertextBlob })
  assert.equal(refused, `KMSInvalidStateException: ${arn} is pending import.`)
  const record = (await recordsOf(service)).find(({ operation }) => operation === 'DeleteExpiredKeyMaterial')
  assert.deepEqual([record?.kind, record?.additional], ['service', { keyId, keyMaterialId: id }])
  await importInto(service, keyId, material)
  assert.equal((await service.ok('Decrypt', { CiphertextBlob })).Plaintext, base64('text'))
  await run()
  assert.equal(await state(service, keyId), 'Enabled')
})

test('expired material is not used, also before it is deleted', async () => {
  await using service = await TestService.open()
  const { keyId, arn } = await service.createKey({ Origin: 'EXTERNAL' })
  const material = randomBytes(32)
  await importInto(service, keyId, material, validFor(service, 1000))
  service.clock.advance(999)
  await service.ok('GenerateDataKey', { KeyId: keyId, KeySpec: 'AES_256' })
  service.clock.advance(1)
  const use = { KeyId: keyId, KeySpec: 'AES_256' }
  assert.equal(await service.fault('GenerateDataKey', use), `KMSInvalidStateException: ${arn} is pending import.`)
  assert.equal(await state(service, keyId), 'PendingImport')
  await importInto(service, keyId, material)
  await service.ok('GenerateDataKey', use)
})

test('material that expires while it waits for a rotation leaves the key as it is, and cannot be rotated to', async () => {
  await using service = await TestService.open()
  const run = expiry(service)
  const { keyId } = await service.createKey({ Origin: 'EXTERNAL' })
  await importInto(service, keyId, randomBytes(32))
  const pending = { ImportType: 'NEW_KEY_MATERIAL', ...validFor(service, 1000) }
  const id = await importInto(service, keyId, randomBytes(32), pending)
  await run()
  service.clock.advance(1000)
  assert.match(await service.fault('RotateKeyOnDemand', { KeyId: keyId }), /No available key material pending/)
  await run()
  assert.equal(await state(service, keyId), 'Enabled')
  assert.equal(await sealedBytes(service, keyId, id), undefined)
})

test('material of a key that is to be deleted expires too, and the key stays as it is', async () => {
  await using service = await TestService.open()
  const run = expiry(service)
  const { keyId } = await service.createKey({ Origin: 'EXTERNAL' })
  await importInto(service, keyId, randomBytes(32), validFor(service, DAY_MS))
  await service.ok('ScheduleKeyDeletion', { KeyId: keyId })
  await run()
  service.clock.advance(DAY_MS)
  await run()
  assert.equal(await state(service, keyId), 'PendingDeletion')
  await service.ok('CancelKeyDeletion', { KeyId: keyId })
  assert.equal(await state(service, keyId), 'PendingImport')
})

test('an import that comes between is not undone by the expiry of what was there before', async () => {
  await using service = await TestService.open()
  const { keyId } = await service.createKey({ Origin: 'EXTERNAL' })
  const material = randomBytes(32)
  const id = await importInto(service, keyId, material, validFor(service, 1000))
  const { store } = service.services
  service.clock.advance(1000)
  const listDue: typeof store.listDue = async (...args) => {
    const due = await store.listDue(...args)
    await importInto(service, keyId, material)
    return due
  }
  await deleteExpiredMaterial({
    ...onStore(service.services, { ...listing(store, (rows) => rows), listDue }),
    guard: dateAlone,
  })
  assert.equal(await state(service, keyId), 'Enabled')
  assert.notEqual(await sealedBytes(service, keyId, id), null)
})

/** Whether the job has come between the moment of expiry and what is asked: it must make no difference. */
for (const deleted of [true, false]) {
  const when = deleted ? 'once it is deleted' : 'before it is deleted'

  test(`material that expired while it waited for a rotation is not the key's any more, ${when}`, async () => {
    await using service = await TestService.open()
    const { keyId } = await service.createKey({ Origin: 'EXTERNAL' })
    const first = await importInto(service, keyId, randomBytes(32))
    const material = randomBytes(32)
    const said = { ImportType: 'NEW_KEY_MATERIAL', KeyMaterialDescription: 'second', ...validFor(service, 1000) }
    const pending = await importInto(service, keyId, material, said)
    service.clock.advance(1000)
    if (deleted) await expiry(service)()
    const listed = async (): Promise<[string, string, string | undefined][]> => {
      const asked = { KeyId: keyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' }
      const { Rotations } = await service.ok<{ Rotations: Record<string, string>[] }>('ListKeyRotations', asked)
      return Rotations.map((each) => [
        each['KeyMaterialId'] ?? '',
        each['KeyMaterialState'] ?? '',
        each['KeyMaterialDescription'],
      ])
    }
    assert.deepEqual(await listed(), [[first, 'CURRENT', undefined]])
    assert.match(await importFault(service, keyId, material), /^IncorrectKeyMaterialException/)
    const deletion = { KeyId: keyId, KeyMaterialId: pending }
    assert.match(await service.fault('DeleteImportedKeyMaterial', deletion), /^NotFoundException/)
    const other = await importInto(service, keyId, randomBytes(32), { ImportType: 'NEW_KEY_MATERIAL' })
    assert.deepEqual((await listed())[1], [other, 'PENDING_ROTATION', undefined])
    await expiry(service)()
    assert.equal((await listed()).length, 2)
    await service.ok('DeleteImportedKeyMaterial', { KeyId: keyId, KeyMaterialId: other })
    assert.equal(await importInto(service, keyId, material, { ImportType: 'NEW_KEY_MATERIAL' }), pending)
    assert.deepEqual((await listed())[1], [pending, 'PENDING_ROTATION', undefined])
    await service.ok('RotateKeyOnDemand', { KeyId: keyId })
    assert.deepEqual((await listed())[1], [pending, 'CURRENT', undefined])
  })

  test(`a disabled key whose material expired waits for its import, which enables it, ${when}`, async () => {
    await using service = await TestService.open()
    const { keyId } = await service.createKey({ Origin: 'EXTERNAL' })
    const material = randomBytes(32)
    await importInto(service, keyId, material, validFor(service, 1000))
    await service.ok('DisableKey', { KeyId: keyId })
    service.clock.advance(1000)
    if (deleted) await expiry(service)()
    assert.equal(await state(service, keyId), 'PendingImport')
    assert.match(await service.fault('EnableKey', { KeyId: keyId }), /is pending import\.$/)
    await importInto(service, keyId, material)
    assert.equal(await state(service, keyId), 'Enabled')
  })

  test(`while older material is missing, new material may be imported and not rotated to, ${when}`, async () => {
    await using service = await TestService.open()
    const { keyId, arn } = await service.createKey({ Origin: 'EXTERNAL' })
    const material = randomBytes(32)
    await importInto(service, keyId, material, validFor(service, 1000))
    service.clock.advance(1000)
    if (deleted) await expiry(service)()
    const next = await importInto(service, keyId, randomBytes(32), { ImportType: 'NEW_KEY_MATERIAL' })
    assert.equal(await state(service, keyId), 'PendingImport')
    assert.equal(
      await service.fault('RotateKeyOnDemand', { KeyId: keyId }),
      `KMSInvalidStateException: ${arn} is pending import.`,
    )
    await importInto(service, keyId, material)
    assert.equal(await state(service, keyId), 'Enabled')
    await service.ok('RotateKeyOnDemand', { KeyId: keyId })
    const { KeyMetadata } = await service.ok<{ KeyMetadata: Record<string, unknown> }>('DescribeKey', { KeyId: keyId })
    assert.deepEqual([KeyMetadata['CurrentKeyMaterialId'], KeyMetadata['KeyState']], [next, 'Enabled'])
  })
}
