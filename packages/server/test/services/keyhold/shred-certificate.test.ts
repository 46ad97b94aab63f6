import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createPublicKey, verify } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openCertificate, publicKeyOf, signCertificate } from '../../../src/audit/certificate.ts'
import { verifierKeyOf } from '../../../src/audit/kept-heads.ts'
import { auditPublicKey } from '../../../src/audit/audit-key.ts'
import { auditSigner, auditVerifier, generateAuditKey } from '../../../src/crypto/audit-signature.ts'
import { sha256 } from '../../../src/crypto/sha256.ts'
import { deleteDueKeys } from '../../../src/jobs/deletion.ts'
import { deleteExpiredMaterial } from '../../../src/jobs/expiry.ts'
import { dateAlone } from '../../../src/jobs/time-guard.ts'
import { endTransitions } from '../../../src/jobs/transitions.ts'
import type { Caller } from '../../../src/identity/accounts/caller.ts'
import type { ShredStatement } from '../../../src/services/keyhold/shred-statement.ts'
import { type BackupRecord, backupTable } from '../../../src/vault/records/backup.ts'
import { Changeset } from '../../../src/vault/records/changeset.ts'
import { addUser } from '../../support/identities.ts'
import { importInto } from '../../support/import.ts'
import { needs } from '../../../../../tools/testing/needs.ts'
import { recordsOf } from '../../support/records.ts'
import { ACCOUNT, OTHER_ACCOUNT, REGION, rootOf, TestService } from '../../support/service.ts'

const DAY_MS = 86_400_000
const ADMIN = rootOf(ACCOUNT)

async function ask(service: TestService, KeyId: string, caller: Caller = ADMIN): Promise<Record<string, unknown>> {
  const body = JSON.stringify({ KeyId })
  return (await service.send('Keyhold.GetShredCertificate', body, { ...caller, service: 'keyhold' })).body
}

async function publicKey(service: TestService): Promise<Uint8Array> {
  return (await auditPublicKey(service.services)) ?? assert.fail('no audit key')
}

async function statement(service: TestService, KeyId: string, caller?: Caller): Promise<ShredStatement> {
  const { Certificate } = await ask(service, KeyId, caller)
  return openCertificate(String(Certificate), auditVerifier(await publicKey(service))) as ShredStatement
}

async function pass(service: TestService, ms: number): Promise<void> {
  service.clock.advance(ms)
  await deleteDueKeys({ ...service.services, guard: dateAlone })
  await deleteExpiredMaterial({ ...service.services, guard: dateAlone })
}

async function deletedKey(service: TestService, input: object = {}): Promise<{ keyId: string; arn: string }> {
  const key = await service.createKey(input, ADMIN)
  await service.ok('ScheduleKeyDeletion', { KeyId: key.keyId, PendingWindowInDays: 7 }, ADMIN)
  await pass(service, 7 * DAY_MS)
  return key
}

test('the certificate of a deleted key says what was destroyed, what sealed it and where the log has it', async () => {
  await using service = await TestService.open('on')
  const { keyId, arn } = await service.createKey({}, ADMIN)
  await service.ok('RotateKeyOnDemand', { KeyId: keyId }, ADMIN)
  assert.match(JSON.stringify(await ask(service, keyId)), /NotFoundException.*Nothing of the key .* was destroyed/)
  await service.ok('ScheduleKeyDeletion', { KeyId: keyId, PendingWindowInDays: 7 }, ADMIN)
  assert.match(JSON.stringify(await ask(service, keyId)), /NotFoundException/)
  await pass(service, 7 * DAY_MS)
  const said = await statement(service, keyId)
  assert.deepEqual(await statement(service, arn), said)
  const [record] = (await recordsOf(service)).filter(({ operation }) => operation === 'DeleteKey')
  assert.deepEqual(said.key, {
    arn,
    spec: 'SYMMETRIC_DEFAULT',
    origin: 'AWS_KMS',
    created: '2026-01-01T00:00:00.000Z',
    deleted: '2026-01-08T00:00:00.000Z',
  })
  assert.equal(said.materials.length, 2)
  for (const { destroyed, reason, sealedBy, record: place } of said.materials) {
    assert.deepEqual([destroyed, reason], ['2026-01-08T00:00:00.000Z', 'KEY_DELETED'])
    assert.deepEqual(sealedBy, { domain: REGION, generation: 1 })
    assert.deepEqual([place.eventId, place.sequence], [record?.eventId, record?.sequence])
    assert.ok(place.sequence! > 0 && place.stream)
  }
  assert.deepEqual(said.domainKeys, [{ domain: REGION, generation: 1, wrappedByRoot: 1 }])
  assert.deepEqual([said.relatedKeys, said.backups, said.lastBackupGone], [[], [], undefined])
})

test('imported material has one when it is deleted or expires, and says that it was imported again', async () => {
  await using service = await TestService.open('on')
  const { keyId } = await service.createKey({ Origin: 'EXTERNAL' }, ADMIN)
  const material = Buffer.alloc(32, 7)
  const id = await importInto(service, keyId, material, {}, ADMIN)
  await service.ok('DeleteImportedKeyMaterial', { KeyId: keyId }, ADMIN)
  const [requested] = (await statement(service, keyId)).materials
  assert.deepEqual([requested?.id, requested?.reason, requested?.presentAgain], [id, 'REQUESTED', undefined])
  const ValidTo = service.clock.now() / 1000 + 86_400
  await importInto(service, keyId, material, { ExpirationModel: 'KEY_MATERIAL_EXPIRES', ValidTo }, ADMIN)
  assert.equal((await statement(service, keyId)).materials[0]?.presentAgain, true)
  await pass(service, DAY_MS)
  const { materials, key } = await statement(service, keyId)
  assert.deepEqual(
    materials.map(({ reason, presentAgain }) => [reason, presentAgain]),
    [['EXPIRED', undefined]],
  )
  assert.equal(key.deleted, undefined)
})

test('a key whose related keys have its material is certified with their names until they are gone too', async () => {
  await using service = await TestService.open('on')
  const { keyId, arn } = await service.createKey({ MultiRegion: true }, ADMIN)
  for (const ReplicaRegion of ['us-east-1', 'us-west-2']) {
    await service.ok('ReplicateKey', { KeyId: keyId, ReplicaRegion }, ADMIN)
    await service.ok('CreateKey', {}, ADMIN)
    service.clock.advance(60_000)
  }
  await endTransitions(service.services)
  const replica = { ...ADMIN, region: 'us-east-1' }
  await service.ok('ScheduleKeyDeletion', { KeyId: keyId, PendingWindowInDays: 7 }, replica)
  await pass(service, 7 * DAY_MS)
  const others = [arn, arn.replace(REGION, 'us-west-2')]
  assert.deepEqual((await statement(service, keyId, replica)).relatedKeys, others)
  await service.ok('ScheduleKeyDeletion', { KeyId: keyId, PendingWindowInDays: 7 }, { ...ADMIN, region: 'us-west-2' })
  await service.ok('ScheduleKeyDeletion', { KeyId: keyId, PendingWindowInDays: 7 }, ADMIN)
  await pass(service, 7 * DAY_MS)
  assert.deepEqual((await statement(service, keyId, replica)).relatedKeys, [arn])
  await pass(service, 7 * DAY_MS)
  assert.deepEqual((await statement(service, keyId, replica)).relatedKeys, [])
})

test('backups that may have the key are named until each is gone, and no others', async () => {
  await using service = await TestService.open('on')
  const { keyId } = await deletedKey(service)
  const sequence = (await statement(service, keyId)).materials[0]?.record.sequence ?? 0
  const backup = (backupId: string, change: Partial<BackupRecord>): BackupRecord => ({
    backupId,
    chain: backupId,
    file: `/backups/${backupId}.age`,
    bytes: 1,
    sha256: '',
    madeMs: service.clock.now() - DAY_MS,
    revision: 1,
    sequence: sequence - 1,
    rootGeneration: 1,
    domains: { global: [1], [REGION]: [1] },
    recipients: [],
    ...change,
  })
  const changes = new Changeset()
  for (const [id, change] of Object.entries({
    holding: {},
    gone: { goneMs: service.clock.now() },
    later: { sequence, madeMs: service.clock.now() - DAY_MS },
    elsewhere: { domains: { global: [1] } },
    'before the key': { madeMs: service.clock.now() - 30 * DAY_MS, sequence: 1 },
  }))
    changes.insert(backupTable, backup(id, change))
  await service.services.records.commit(changes)
  const said = await statement(service, keyId)
  assert.deepEqual(
    said.backups.map(({ id }) => id),
    ['gone', 'holding'],
  )
  assert.equal(said.lastBackupGone, undefined)
  const holding = await service.services.records.get(backupTable, { backupId: 'holding' })
  const removal = new Changeset()
  removal.update(holding!, { ...holding!.value, goneMs: service.clock.now() + 1 })
  await service.services.records.commit(removal)
  assert.equal((await statement(service, keyId)).lastBackupGone, '2026-01-08T00:00:00.001Z')
})

test('only callers with an identity policy that allows it get one; others cannot tell keys apart', async () => {
  await using service = await TestService.open('on')
  const { keyId, arn } = await deletedKey(service)
  const allowed = { Effect: 'Allow', Action: 'keyhold:GetShredCertificate', Resource: arn }
  const auditor = await addUser(service, 'auditor', { inline: { certificates: allowed } })
  const stranger = await addUser(service, 'stranger', {})
  assert.equal((await statement(service, keyId, auditor)).key.arn, arn)
  assert.match(JSON.stringify(await ask(service, 'another-key', auditor)), /AccessDeniedException/)
  const denials = [keyId, 'no-such-key'].map(async (id) => {
    return JSON.stringify(await ask(service, id, stranger)).replaceAll(id, 'KEY')
  })
  const [known, unknown] = await Promise.all(denials)
  assert.match(known!, /AccessDeniedException/)
  assert.equal(known, unknown)
  for (const [id, caller] of [
    [arn, rootOf(OTHER_ACCOUNT)],
    [keyId, rootOf(OTHER_ACCOUNT)],
    [keyId, { ...ADMIN, region: 'us-east-1' }],
    [arn.replace(ACCOUNT, OTHER_ACCOUNT), rootOf(OTHER_ACCOUNT)],
    [`alias/${keyId}`, ADMIN],
  ] as const) {
    assert.match(JSON.stringify(await ask(service, id, caller)), /AccessDeniedException|NotFoundException/, id)
  }
})

test(
  'certificates are verified by node:crypto and by openssl; any other key, byte or form is refused',
  { skip: needs('openssl') },
  async (t) => {
    await using service = await TestService.open('on')
    const { keyId } = await deletedKey(service)
    const certificate = String((await ask(service, keyId))['Certificate'])
    const [header = '', payload = '', signature = ''] = certificate.split('.')
    const { jwk } = JSON.parse(Buffer.from(header, 'base64url').toString()) as { jwk: { x: string } }
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: jwk.x }, format: 'jwk' })
    assert.ok(verify(null, Buffer.from(`${header}.${payload}`), key, Buffer.from(signature, 'base64url')))
    assert.deepEqual(Buffer.from(jwk.x, 'base64url'), Buffer.from(await publicKey(service)))

    const folder = await mkdtemp(join(tmpdir(), 'keyhold-certificate-'))
    t.after(() => rm(folder, { recursive: true }))
    const pem = key.export({ format: 'pem', type: 'spki' })
    await writeFile(join(folder, 'key.pem'), pem)
    await writeFile(join(folder, 'signed'), `${header}.${payload}`)
    await writeFile(join(folder, 'signature'), Buffer.from(signature, 'base64url'))
    const openssl = [
      'pkeyutl',
      '-verify',
      '-pubin',
      '-inkey',
      'key.pem',
      '-rawin',
      '-in',
      'signed',
      '-sigfile',
      'signature',
    ]
    assert.match(execFileSync('openssl', openssl, { cwd: folder, encoding: 'utf8' }), /Signature Verified Successfully/)

    const raw = await publicKey(service)
    for (const text of [pem, `${verifierKeyOf(raw, sha256)}\n`]) assert.deepEqual(publicKeyOf(text), Buffer.from(raw))
    for (const text of ['', pem.replace('MCow', 'MCox'), 'a+b+c', verifierKeyOf(raw.subarray(1), sha256)]) {
      assert.equal(publicKeyOf(text), undefined, text)
    }
    const own = auditVerifier(raw)
    assert.ok(openCertificate(`${certificate}\n`, own))
    const other = auditSigner(generateAuditKey().privateKey)
    const unsigned = Buffer.from('{"alg":"none","typ":"keyhold-shred-certificate"}').toString('base64url')
    for (const forged of [
      '',
      signCertificate(other, { statement: 'keyhold/shred' }),
      `${header}.${payload.slice(0, -2)}AA.${signature}`,
      `${unsigned}.${payload}.${signature}`,
      `${header}.${payload}.`,
      `${certificate}.x`,
      `${header}.${payload}.${signature}=`,
    ]) {
      assert.equal(openCertificate(forged, own), undefined, forged)
    }
  },
)
