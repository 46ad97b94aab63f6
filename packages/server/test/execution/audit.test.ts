import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { auditPublicKey } from '../../src/audit/audit-key.ts'
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
  const { store, records: stored } = service.services
  const publicKey = (await auditPublicKey(service.services)) as Uint8Array
  const crypto = { sha256, verifier: auditVerifier }
  const report = await verifyAudit({
    folder: join(service.folder, 'audit'),
    publicKey,
    crypto,
    database: { store, records: stored },
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

test('cryptographic operations of every kind count as reading, and leave neither texts nor results behind', async () => {
  await using service = await TestService.open()
  const { keyId } = await service.createKey()
  const ec = await service.createKey({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' })
  const hmac = await service.createKey({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' })
  const agree = await service.createKey({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'KEY_AGREEMENT' })
  const kem = await service.createKey({ KeySpec: 'ML_KEM_512', KeyUsage: 'ENCAPSULATE_DECAPSULATE' })
  const Message = base64('planted message')
  const signing = { KeyId: ec.keyId, Message, SigningAlgorithm: 'ECDSA_SHA_256' }
  const mac = { KeyId: hmac.keyId, Message, MacAlgorithm: 'HMAC_SHA_256' }
  const encapsulation = { KeyId: kem.keyId, EncapsulationAlgorithm: 'ML_KEM' }
  const { Signature } = await service.ok('Sign', signing)
  await service.ok('Verify', { ...signing, Signature })
  const { Mac } = await service.ok('GenerateMac', mac)
  await service.ok('VerifyMac', { ...mac, Mac })
  const { PublicKey } = await service.ok('GetPublicKey', { KeyId: agree.keyId })
  const agreement = { KeyId: agree.keyId, PublicKey, KeyAgreementAlgorithm: 'ECDH' }
  const { SharedSecret } = await service.ok('DeriveSharedSecret', agreement)
  const { SharedSecretCiphertextBlob } = await service.ok('Encapsulate', encapsulation)
  await service.ok('Decapsulate', { ...encapsulation, SharedSecretCiphertextBlob })
  const EncryptionContext = { volume: '7' }
  await service.ok('GenerateDataKeyPair', { KeyId: keyId, KeyPairSpec: 'ECC_NIST_P256', EncryptionContext })
  const events = (await recordsOf(service)).slice(5).map(toCloudTrail)
  assert.deepEqual(
    events.map(({ eventName, readOnly, responseElements, requestParameters }) => [
      eventName,
      readOnly,
      responseElements,
      requestParameters,
    ]),
    [
      ['Sign', true, null, { keyId: ec.keyId, messageType: 'RAW', signingAlgorithm: 'ECDSA_SHA_256' }],
      ['Verify', true, null, { keyId: ec.keyId, messageType: 'RAW', signingAlgorithm: 'ECDSA_SHA_256' }],
      ['GenerateMac', true, null, { keyId: hmac.keyId, macAlgorithm: 'HMAC_SHA_256' }],
      ['VerifyMac', true, null, { keyId: hmac.keyId, macAlgorithm: 'HMAC_SHA_256' }],
      ['GetPublicKey', true, null, { keyId: agree.keyId }],
      ['DeriveSharedSecret', true, null, { keyId: agree.keyId, keyAgreementAlgorithm: 'ECDH' }],
      ['Encapsulate', true, null, { keyId: kem.keyId, encapsulationAlgorithm: 'ML_KEM' }],
      ['Decapsulate', true, null, { keyId: kem.keyId, encapsulationAlgorithm: 'ML_KEM' }],
      [
        'GenerateDataKeyPair',
        true,
        null,
        { keyId, keyPairSpec: 'ECC_NIST_P256', encryptionContext: EncryptionContext },
      ],
    ],
  )
  assert.match(JSON.stringify(events.at(-1)), /"keyMaterialId":"[0-9a-f]{64}"/)
  for (const hidden of [Message, 'planted message', Signature, Mac, SharedSecret, SharedSecretCiphertextBlob]) {
    assert.ok(hidden !== undefined && !JSON.stringify(events).includes(hidden))
  }
})
