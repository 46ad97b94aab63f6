import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deleteDueKeys } from '../../../src/jobs/deletion.ts'
import { dateAlone } from '../../../src/jobs/time-guard.ts'
import { endTransitions } from '../../../src/jobs/transitions.ts'
import type { ShredStatement } from '../../../src/services/keyhold/shred-statement.ts'
import { backupTable } from '../../../src/vault/records/backup.ts'
import { Changeset } from '../../../src/vault/records/changeset.ts'
import { importInto } from '../../support/import.ts'
import { ACCOUNT, REGION, rootOf, TestService } from '../../support/service.ts'

const DAY_MS = 86_400_000
const ADMIN = rootOf(ACCOUNT)
const OTHER = 'us-east-1'
const REPLICA = { ...ADMIN, region: OTHER }

async function statement(service: TestService, KeyId: string, region: string): Promise<ShredStatement> {
  const caller = { ...ADMIN, region, service: 'keyhold' }
  const { body } = await service.send('Keyhold.GetShredCertificate', JSON.stringify({ KeyId }), caller)
  const payload = String(body['Certificate']).split('.')[1] ?? ''
  return JSON.parse(Buffer.from(payload, 'base64url').toString()) as ShredStatement
}

async function backupsIn(service: TestService, KeyId: string, region: string): Promise<string[]> {
  return (await statement(service, KeyId, region)).backups.map(({ id }) => id)
}

/** Notes a backup of all that is there now. */
async function backUp(service: TestService, backupId: string, sequence = 1_000_000_000): Promise<void> {
  const { records, clock } = service.services
  const changes = new Changeset()
  const file = { chain: backupId, file: backupId, bytes: 1, sha256: '', revision: 1, rootGeneration: 1, recipients: [] }
  const domains = { global: [1], [REGION]: [1], [OTHER]: [1] }
  changes.insert(backupTable, { backupId, ...file, madeMs: clock.now(), sequence, domains })
  await records.commit(changes)
}

async function deleteKey(service: TestService, KeyId: string, caller = ADMIN): Promise<void> {
  await service.ok('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 }, caller)
  service.clock.advance(7 * DAY_MS)
  await deleteDueKeys({ ...service.services, guard: dateAlone })
}

async function family(service: TestService): Promise<string> {
  const { keyId } = await service.createKey({ MultiRegion: true }, ADMIN)
  await replicate(service, keyId)
  return keyId
}

async function replicate(service: TestService, keyId: string): Promise<void> {
  await service.ok('ReplicateKey', { KeyId: keyId, ReplicaRegion: OTHER }, ADMIN)
  await endTransitions(service.services)
}

test('a backup that has the material in the row of a related key is named, also after that key is gone', async () => {
  await using service = await TestService.open('on')
  const keyId = await family(service)
  await deleteKey(service, keyId, REPLICA)
  service.clock.advance(3 * DAY_MS)
  const [destroyed] = (await statement(service, keyId, OTHER)).materials
  await backUp(service, 'of the primary', destroyed?.record.sequence)
  assert.deepEqual(await backupsIn(service, keyId, OTHER), ['of the primary'])
  await deleteKey(service, keyId)
  await backUp(service, 'of neither')
  assert.deepEqual(await backupsIn(service, keyId, OTHER), ['of the primary'])
})

test('a replica that was made again is not certified as deleted', async () => {
  await using service = await TestService.open('on')
  const keyId = await family(service)
  await deleteKey(service, keyId, REPLICA)
  assert.ok((await statement(service, keyId, OTHER)).key.deleted)
  await replicate(service, keyId)
  const { key, materials } = await statement(service, keyId, OTHER)
  assert.deepEqual([key.deleted, materials[0]?.presentAgain], [undefined, true])
})

test('backups are named that have material which was imported again, from its first import on', async () => {
  await using service = await TestService.open('on')
  const { keyId } = await service.createKey({ Origin: 'EXTERNAL' }, ADMIN)
  await importInto(service, keyId, Buffer.alloc(32, 6), {}, ADMIN)
  const next = { ImportType: 'NEW_KEY_MATERIAL' }
  const material = await importInto(service, keyId, Buffer.alloc(32, 7), next, ADMIN)
  const created = async (): Promise<number | undefined> => {
    await service.ok('DeleteImportedKeyMaterial', { KeyId: keyId, KeyMaterialId: material }, ADMIN)
    const { destroyedTable } = await import('../../../src/vault/records/destroyed.ts')
    const stored = await service.services.records.get(destroyedTable, { region: REGION, keyId })
    return stored?.value.materials.find(({ materialId }) => materialId === material)?.createdMs
  }
  const first = await created()
  service.clock.advance(9 * DAY_MS)
  await importInto(service, keyId, Buffer.alloc(32, 7), next, ADMIN)
  await backUp(service, 'while it is there again')
  assert.deepEqual(await backupsIn(service, keyId, REGION), ['while it is there again'])
  assert.equal(await created(), first)
})
