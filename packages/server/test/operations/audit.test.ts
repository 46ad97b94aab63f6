import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { auditPublicKey } from '../../src/audit-key.ts'
import { toCloudTrail } from '../../src/audit/cloudtrail.ts'
import { verifyAudit } from '../../src/audit/verify-audit.ts'
import { auditVerifier } from '../../src/crypto/audit-signature.ts'
import { sha256 } from '../../src/crypto/sha256.ts'
import { recordsOf } from '../support/records.ts'
import { ACCOUNT, base64, callerOf, OTHER_ACCOUNT, TestService } from '../support/service.ts'

test('every request is one record, whether it succeeds, fails, is denied or makes no sense', async () => {
  await using service = await TestService.open()
  const { keyId, arn } = await service.createKey({ Description: 'd' })
  await service.ok('GenerateDataKey', { KeyId: keyId, KeySpec: 'AES_256', EncryptionContext: { tenant: 't' } })
  await service.fault('Encrypt', { KeyId: keyId })
  await service.fault('DescribeKey', { KeyId: arn }, callerOf(OTHER_ACCOUNT))
  await service.send('TrentService.Nope', '{}')
  await service.send('TrentService.Encrypt', '{')
  const records = await recordsOf(service)
  assert.deepEqual(
    records.map(({ operation, error, readOnly }) => [operation, error?.code, readOnly]),
    [
      ['CreateKey', undefined, false],
      ['GenerateDataKey', undefined, true],
      ['Encrypt', 'ValidationException', true],
      ['DescribeKey', 'AccessDeniedException', true],
      ['Unknown', 'UnknownOperationException', true],
      ['Encrypt', 'SerializationException', true],
    ],
  )
  assert.equal(new Set(records.map(({ requestId }) => requestId)).size, 6)
})

test('a record names the key and the context, what was decided, and no secret', async () => {
  await using service = await TestService.open()
  const { keyId, arn } = await service.createKey()
  const input = { KeyId: keyId, Plaintext: base64('planted secret'), EncryptionContext: { tenant: 't-17' } }
  const { CiphertextBlob } = await service.ok('Encrypt', input)
  await service.ok('Decrypt', { CiphertextBlob, EncryptionContext: { tenant: 't-17' } })
  const records = await recordsOf(service)
  const decrypt = records.at(-1)
  assert.deepEqual(decrypt?.request, {
    EncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
    EncryptionContext: { tenant: 't-17' },
  })
  assert.deepEqual(decrypt?.resources, [{ accountId: ACCOUNT, type: 'AWS::KMS::Key', arn }])
  assert.deepEqual(decrypt?.decision, { allowed: true, reason: 'not-enforced', action: 'kms:Decrypt', resource: arn })
  assert.match(String(decrypt?.additional?.keyMaterialId), /^[0-9a-f]{64}$/)
  assert.doesNotMatch(JSON.stringify(records), /planted|cGxhbnRlZCBzZWNyZXQ/)
})

test('the log of a working service verifies, and renders as CloudTrail events', async () => {
  await using service = await TestService.open()
  const { keyId } = await service.createKey()
  await service.ok('CreateAlias', { AliasName: 'alias/a', TargetKeyId: keyId })
  await service.ok('GenerateRandom', { NumberOfBytes: 8 })
  const { store, hierarchy, random } = service.services
  const publicKey = (await auditPublicKey({ store, hierarchy, random })) as Uint8Array
  const crypto = { sha256, verifier: auditVerifier }
  const report = await verifyAudit({
    folder: join(service.folder, 'audit'),
    publicKey,
    crypto,
    database: { store, hierarchy },
  })
  assert.deepEqual(report.problems, [])
  assert.ok(report.records >= 3)
  const events = (await recordsOf(service)).map(toCloudTrail)
  assert.deepEqual(
    events.map(({ eventName, readOnly }) => [eventName, readOnly]),
    [
      ['CreateKey', false],
      ['CreateAlias', false],
      ['GenerateRandom', true],
    ],
  )
  assert.deepEqual(
    ((events[1]?.resources ?? []) as { type: string }[]).map(({ type }) => type),
    ['AWS::KMS::Alias', 'AWS::KMS::Key'],
  )
})
