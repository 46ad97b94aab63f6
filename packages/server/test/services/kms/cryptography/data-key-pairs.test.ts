import assert from 'node:assert/strict'
import { createPrivateKey, createPublicKey } from 'node:crypto'
import { after, before, test } from 'node:test'
import { keySpecs } from '../../../../src/domain/keys/specs.ts'
import { spki } from '../../../crypto/support/keys.ts'
import { TestService } from '../../../support/service.ts'
import { bytes } from '../../../support/typed-keys.ts'

let service: TestService
let keyId: string
let arn: string

before(async () => {
  service = await TestService.open()
  ;({ keyId, arn } = await service.createKey())
})
after(() => service[Symbol.asyncDispose]())

const SPECS = keySpecs()
  .filter(({ dataKeyPair, offered }) => dataKeyPair && offered)
  .map(({ name }) => name)

test('there are pairs of eleven specs', () => {
  assert.equal(SPECS.length, 11)
})

for (const KeyPairSpec of SPECS) {
  test(`a pair of ${KeyPairSpec} belongs together, and its private half opens from its ciphertext alone`, async () => {
    const EncryptionContext = { volume: '7' }
    const made = await service.ok('GenerateDataKeyPair', { KeyId: keyId, KeyPairSpec, EncryptionContext })
    assert.deepEqual([made.KeyId, made.KeyPairSpec], [arn, KeyPairSpec])
    assert.match(made.KeyMaterialId ?? '', /^[0-9a-f]{64}$/)
    const privateKey = createPrivateKey({ key: bytes(made.PrivateKeyPlaintext), format: 'der', type: 'pkcs8' })
    assert.deepEqual(spki(createPublicKey(privateKey)), bytes(made.PublicKey))
    const CiphertextBlob = made.PrivateKeyCiphertextBlob
    const { Plaintext } = await service.ok('Decrypt', { CiphertextBlob, EncryptionContext })
    assert.equal(Plaintext, made.PrivateKeyPlaintext)
    assert.equal(await service.fault('Decrypt', { CiphertextBlob }), 'InvalidCiphertextException')
  })
}

test('without plaintext there is none in the answer, and the private half opens later', async () => {
  const made = await service.ok('GenerateDataKeyPairWithoutPlaintext', { KeyId: keyId, KeyPairSpec: 'ECC_NIST_P384' })
  assert.deepEqual(Object.keys(made).toSorted(), [
    'KeyId',
    'KeyMaterialId',
    'KeyPairSpec',
    'PrivateKeyCiphertextBlob',
    'PublicKey',
  ])
  const { Plaintext } = await service.ok('Decrypt', { CiphertextBlob: made.PrivateKeyCiphertextBlob })
  const privateKey = createPrivateKey({ key: bytes(Plaintext), format: 'der', type: 'pkcs8' })
  assert.deepEqual(spki(createPublicKey(privateKey)), bytes(made.PublicKey))
})

test('SM2 is known and not supported, as outside of AWS’s China Regions', async () => {
  for (const operation of ['GenerateDataKeyPair', 'GenerateDataKeyPairWithoutPlaintext'] as const) {
    assert.equal(
      await service.fault(operation, { KeyId: keyId, KeyPairSpec: 'SM2' }),
      'UnsupportedOperationException: KeyPairSpec SM2 is not supported in this Region',
    )
  }
})

test('keys of other usages seal no pairs, a dry run makes none, and a Recipient is refused', async () => {
  const hmac = await service.createKey({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' })
  const request = { KeyId: keyId, KeyPairSpec: 'ECC_NIST_P256' }
  for (const operation of ['GenerateDataKeyPair', 'GenerateDataKeyPairWithoutPlaintext'] as const) {
    assert.equal(
      await service.fault(operation, { ...request, KeyId: hmac.arn }),
      `InvalidKeyUsageException: ${hmac.arn} key usage is GENERATE_VERIFY_MAC which is not valid for ${operation}.`,
    )
    assert.equal(
      await service.fault(operation, { ...request, DryRun: true }),
      'DryRunOperationException: The request would have succeeded, but the DryRun option is set.',
    )
  }
  assert.match(
    await service.fault('GenerateDataKeyPair', { ...request, Recipient: {} }),
    /^UnsupportedOperationException: Recipient/,
  )
})
