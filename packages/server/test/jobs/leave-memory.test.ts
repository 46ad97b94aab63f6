import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deleteDueKeys } from '../../src/jobs/deletion.ts'
import { leaveMemory } from '../../src/jobs/leave-memory.ts'
import { dateAlone } from '../../src/jobs/time-guard.ts'
import { Keyring } from '../../src/vault/hierarchy/keyring.ts'
import { keySpec } from '../../src/domain/keys/specs.ts'
import { materialTable } from '../../src/vault/records/material.ts'
import { REGION, TestService } from '../support/service.ts'

const DAY_MS = 86_400_000

/** The material that is in memory, as something that does not keep it there. */
async function heldMaterial({ services }: TestService, keyId: string): Promise<WeakRef<object>> {
  const [stored] = await services.records.listByOwner(materialTable, { region: REGION, keyId }, { limit: 1 })
  return new WeakRef(await services.hierarchy.material(stored!, keySpec('SYMMETRIC_DEFAULT')))
}

test('the material of a deleted key leaves the memory of a process that is asked nothing more', async () => {
  await using service = await TestService.open()
  const { keyId } = await service.createKey()
  await service.ok('GenerateDataKey', { KeyId: keyId, KeySpec: 'AES_256' })
  const held = await heldMaterial(service, keyId)
  await service.ok('ScheduleKeyDeletion', { KeyId: keyId, PendingWindowInDays: 7 })
  service.clock.advance(7 * DAY_MS)
  await deleteDueKeys({ ...service.services, guard: dateAlone })
  await new Promise((resolve) => setImmediate(resolve)) // a WeakRef holds its object until the turn is over
  await leaveMemory(service.services).run()
  assert.equal(held.deref(), undefined)
})

test('garbage is collected for deleted material only, not because keys are made and used', async () => {
  await using service = await TestService.open()
  await service.createKey() // the first of its Region, with a domain key
  await leaveMemory(service.services).run()
  const { keyId } = await service.createKey()
  await service.ok('GenerateDataKey', { KeyId: keyId, KeySpec: 'AES_256' })
  await service.ok('RotateKeyOnDemand', { KeyId: keyId })
  await service.services.directory.catchUp()
  assert.equal(service.services.hierarchy.takeRemains(), false)
  await service.ok('ScheduleKeyDeletion', { KeyId: keyId, PendingWindowInDays: 7 })
  service.clock.advance(7 * DAY_MS)
  await deleteDueKeys({ ...service.services, guard: dateAlone })
  await service.services.directory.catchUp()
  assert.equal(service.services.hierarchy.takeRemains(), true)
  assert.equal(service.services.hierarchy.takeRemains(), false)
})

test('remains are also what had left the keyring before, and what was unwrapped while it was deleted', async () => {
  const key = {} as never
  const keyring = new Keyring(1)
  await keyring.get({ id: 'a', version: 1 }, () => Promise.resolve(key))
  keyring.forget('another')
  assert.equal(keyring.takeRemains(), false)
  await keyring.get({ id: 'b', version: 1 }, () => Promise.resolve(key))
  keyring.forget('a') // evicted, and perhaps not collected yet
  assert.equal(keyring.takeRemains(), true)
  const unwrapping = Promise.withResolvers<never>()
  const late = keyring.get({ id: 'c', version: 1 }, () => unwrapping.promise)
  keyring.forget('c')
  assert.equal(keyring.takeRemains(), false)
  unwrapping.resolve(key)
  await late
  assert.equal(keyring.takeRemains(), true)
})
