import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import { keySpec } from '../../../../src/domain/keys/specs.ts'
import { DAY_MS } from '../../../../src/services/kms/keys/new-key.ts'
import { pkcs8, testKey } from '../../../crypto/support/keys.ts'
import { importFault, importInto, validFor, wrappedFor } from '../../../support/import.ts'
import { base64, TestService } from '../../../support/service.ts'

let service: TestService
before(async () => (service = await TestService.open()))
after(() => service[Symbol.asyncDispose]())

type Metadata = Record<string, unknown>

async function described(keyId: string): Promise<Metadata> {
  return (await service.ok<{ KeyMetadata: Metadata }>('DescribeKey', { KeyId: keyId })).KeyMetadata
}

async function waiting(input: object = {}): Promise<{ keyId: string; arn: string }> {
  return service.createKey({ Origin: 'EXTERNAL', ...input })
}

test('what AWS does not take for a spec is refused when the parameters are asked for', async () => {
  const faults: [spec: string, algorithm: string, wrapping: string][] = [
    ['SYMMETRIC_DEFAULT', 'RSA_AES_KEY_WRAP_SHA_256', 'RSA_2048'],
    ['SYMMETRIC_DEFAULT', 'RSAES_PKCS1_V1_5', 'RSA_2048'],
    ['SYMMETRIC_DEFAULT', 'SM2PKE', 'SM2'],
    ['SYMMETRIC_DEFAULT', 'RSAES_OAEP_SHA_256', 'SM2'],
    ['RSA_2048', 'RSAES_OAEP_SHA_256', 'RSA_4096'],
    ['ECC_NIST_P521', 'RSAES_OAEP_SHA_1', 'RSA_2048'],
  ]
  for (const [name, WrappingAlgorithm, WrappingKeySpec] of faults) {
    const { keyId } = await waiting({ KeySpec: name, KeyUsage: keySpec(name)?.usages[0] })
    const input = { KeyId: keyId, WrappingAlgorithm, WrappingKeySpec }
    const expected = `Key material for KeySpec ${name} cannot be wrapped with ${WrappingAlgorithm} and ${WrappingKeySpec}.`
    assert.equal(await service.fault('GetParametersForImport', input), `UnsupportedOperationException: ${expected}`)
  }
})

test('a key whose material was made here takes no other, whatever state it is in', async () => {
  const { keyId, arn } = await service.createKey()
  const parameters = { KeyId: keyId, WrappingAlgorithm: 'RSAES_OAEP_SHA_256', WrappingKeySpec: 'RSA_2048' }
  const blobs = { ImportToken: base64('token'), EncryptedKeyMaterial: base64('material') }
  const expected = `UnsupportedOperationException: ${arn} origin is AWS_KMS which is not valid for this operation.`
  for (let round = 0; round < 2; round++) {
    assert.equal(await service.fault('GetParametersForImport', parameters), expected)
    assert.equal(await service.fault('ImportKeyMaterial', { KeyId: keyId, ...blobs }), expected)
    assert.equal(await service.fault('DeleteImportedKeyMaterial', { KeyId: keyId }), expected)
    if (round === 0) await service.ok('ScheduleKeyDeletion', { KeyId: keyId })
  }
})

test('a token is good for its own key and its own public key, and for a day', async () => {
  const [one, other] = [await waiting(), await waiting()]
  const wrapped = await wrappedFor(service, one.keyId, randomBytes(32))
  const later = await wrappedFor(service, one.keyId, randomBytes(32))
  const attempt = (keyId: string, change: object): Promise<string> =>
    service.fault('ImportKeyMaterial', { KeyId: keyId, ...wrapped, ...change })
  assert.equal(await attempt(other.keyId, {}), 'InvalidImportTokenException')
  assert.equal(await attempt(one.keyId, { ImportToken: later.ImportToken }), 'InvalidCiphertextException')
  const token = Buffer.from(wrapped.ImportToken, 'base64')
  for (const index of [0, 3, 4, 5, 8, 60, token.byteLength - 1]) {
    const changed = Buffer.from(token)
    changed[index] = (changed[index] ?? 0) ^ 1
    assert.equal(await attempt(one.keyId, { ImportToken: base64(changed) }), 'InvalidImportTokenException', `${index}`)
  }
  for (const bytes of [token.subarray(0, 5), token.subarray(0, 6), token.subarray(0, -1), Buffer.of(1)]) {
    assert.equal(await attempt(one.keyId, { ImportToken: base64(bytes) }), 'InvalidImportTokenException')
  }
  service.clock.advance(DAY_MS - 1)
  await service.ok('ImportKeyMaterial', { KeyId: one.keyId, ...wrapped })
  service.clock.advance(1)
  assert.equal(await attempt(one.keyId, {}), 'ExpiredImportTokenException')
})

test('a longer validity cannot be written into a token', async () => {
  const { keyId } = await waiting()
  const wrapped = await wrappedFor(service, keyId, randomBytes(32))
  const token = Buffer.from(wrapped.ImportToken, 'base64').toString('latin1')
  const longer = token.replace(/"validToMs":1/, '"validToMs":9')
  assert.notEqual(longer, token)
  const input = { KeyId: keyId, ...wrapped, ImportToken: Buffer.from(longer, 'latin1').toString('base64') }
  assert.equal(await service.fault('ImportKeyMaterial', input), 'InvalidImportTokenException')
})

test('material that does not unwrap, or is not what the key needs, is refused in AWS’s words', async () => {
  const { keyId } = await waiting()
  const wrapped = await wrappedFor(service, keyId, randomBytes(32))
  const bytes = Buffer.from(wrapped.EncryptedKeyMaterial, 'base64')
  const attempt = (sent: Uint8Array): Promise<string> =>
    service.fault('ImportKeyMaterial', { KeyId: keyId, ...wrapped, EncryptedKeyMaterial: base64(sent) })
  assert.equal(await attempt(bytes.subarray(1)), 'ValidationException: Invalid encrypted key size.')
  assert.equal(await attempt(Buffer.concat([bytes, bytes])), 'ValidationException: Invalid encrypted key size.')
  assert.equal(await attempt(Buffer.alloc(256, 1)), 'InvalidCiphertextException')
  assert.equal(await importFault(service, keyId, randomBytes(31)), 'IncorrectKeyMaterialException')
  const pair = await waiting({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' })
  const stranger = pkcs8(testKey('ECC_NIST_P384').key)
  assert.equal(await importFault(service, pair.keyId, stranger), 'IncorrectKeyMaterialException')
  const wrap = { algorithm: 'RSA_AES_KEY_WRAP_SHA_256' } as const
  const long = await wrappedFor(service, pair.keyId, stranger, wrap)
  const odd = base64(Buffer.from(long.EncryptedKeyMaterial, 'base64').subarray(0, -1))
  assert.equal(
    await service.fault('ImportKeyMaterial', { KeyId: pair.keyId, ...long, EncryptedKeyMaterial: odd }),
    'ValidationException: Invalid encrypted key size.',
  )
  assert.equal((await described(keyId))['KeyState'], 'PendingImport')
})

test('how long material is valid has to be said, in one way', async () => {
  const { keyId } = await waiting()
  const nowSeconds = service.clock.now() / 1000
  const faults: [object, string][] = [
    [
      { ExpirationModel: 'KEY_MATERIAL_EXPIRES' },
      'A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES',
    ],
    [{ ExpirationModel: undefined }, 'A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES'],
    [
      { ValidTo: nowSeconds + 60 },
      'A validTo date must not be set if the ExpirationModel is KEY_MATERIAL_DOES_NOT_EXPIRE',
    ],
    [{ ExpirationModel: undefined, ValidTo: nowSeconds }, 'ValidTo must be in the future'],
    [validFor(service, 365 * DAY_MS + 1), 'ValidTo must be at most 365 days in the future'],
  ]
  for (const [change, message] of faults) {
    assert.equal(await importFault(service, keyId, randomBytes(32), change), `ValidationException: ${message}`)
  }
  await importInto(service, keyId, randomBytes(32), validFor(service, 365 * DAY_MS))
  const { ExpirationModel, ValidTo } = await described(keyId)
  assert.deepEqual([ExpirationModel, ValidTo], ['KEY_MATERIAL_EXPIRES', (service.clock.now() + 365 * DAY_MS) / 1000])
})
