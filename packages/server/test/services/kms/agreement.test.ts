import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { pkcs8, spki, testKey } from '../../crypto/support/keys.ts'
import { NOBLE_KEMS } from '../../crypto/support/other-kems.ts'
import { base64, TestService } from '../../support/service.ts'
import { bytes, downloadedKey, extracted, TypedKeys } from '../../support/typed-keys.ts'

/** Secrets that two sides come to have: DeriveSharedSecret, Encapsulate and Decapsulate. */

const DRY = 'DryRunOperationException: The request would have succeeded, but the DryRun option is set.'
const ECDH = { KeyAgreementAlgorithm: 'ECDH' }
const ML_KEM = { EncapsulationAlgorithm: 'ML_KEM' }

let service: TestService
let keys: TypedKeys

before(async () => {
  service = await TestService.open()
  keys = new TypedKeys(service)
})
after(() => service[Symbol.asyncDispose]())

for (const [name, bits] of [
  ['ECC_NIST_P256', 256],
  ['ECC_NIST_P384', 384],
  ['ECC_NIST_P521', 528],
] as const) {
  test(`DeriveSharedSecret with ${name} gives what WebCrypto derives on the other side`, async () => {
    const { keyId: KeyId, arn } = await keys.get(name, 'KEY_AGREEMENT')
    const peer = testKey(name)
    const answer = await service.ok('DeriveSharedSecret', { KeyId, PublicKey: base64(spki(peer.publicKey)), ...ECDH })
    const { SharedSecret, ...rest } = answer
    assert.deepEqual(rest, { KeyId: arn, KeyOrigin: 'AWS_KMS', ...ECDH })
    const curve = { name: 'ECDH', namedCurve: name.replace('ECC_NIST_P', 'P-') }
    const mine = await crypto.subtle.importKey('pkcs8', pkcs8(peer.key), curve, false, ['deriveBits'])
    const theirs = await crypto.subtle.importKey(
      'spki',
      Uint8Array.from(spki(await downloadedKey(service, KeyId))),
      curve,
      false,
      [],
    )
    const secret = await crypto.subtle.deriveBits({ name: 'ECDH', public: theirs }, mine, bits)
    assert.deepEqual(bytes(SharedSecret), Buffer.from(secret))
  })

  test(`two keys of ${name} agree`, async () => {
    const [one, other] = [await keys.get(name, 'KEY_AGREEMENT'), await service.createKey(agreementKey(name))]
    const derive = async (own: string, peer: string): Promise<string | undefined> => {
      const { PublicKey } = await service.ok('GetPublicKey', { KeyId: peer })
      return (await service.ok('DeriveSharedSecret', { KeyId: own, PublicKey, ...ECDH })).SharedSecret
    }
    assert.equal(await derive(one.keyId, other.keyId), await derive(other.keyId, one.keyId))
  })

  test(`what is no key of ${name} is refused without a word`, async () => {
    const { keyId: KeyId } = await keys.get(name, 'KEY_AGREEMENT')
    const good = spki(testKey(name).publicKey)
    const offCurve = Buffer.from(good)
    offCurve[offCurve.byteLength - 1]! ^= 1
    const foreign = spki(testKey(name === 'ECC_NIST_P256' ? 'ECC_SECG_P256K1' : 'ECC_NIST_P256').publicKey)
    const wrong = [offCurve, foreign, good.subarray(0, -1), Buffer.concat([good, Buffer.of(0)]), Buffer.from('x')]
    for (const key of wrong) {
      const request = { KeyId, PublicKey: base64(key), ...ECDH }
      assert.equal(await service.fault('DeriveSharedSecret', request), 'ValidationException')
    }
  })
}

test('only a key for agreement agrees, and a dry run derives nothing', async () => {
  const PublicKey = base64(spki(testKey('ECC_NIST_P256').publicKey))
  const { arn } = await keys.get('ECC_NIST_P256', 'SIGN_VERIFY')
  assert.equal(
    await service.fault('DeriveSharedSecret', { KeyId: arn, PublicKey, ...ECDH }),
    `InvalidKeyUsageException: ${arn} key usage is SIGN_VERIFY which is not valid for DeriveSharedSecret.`,
  )
  const { keyId: KeyId } = await keys.get('ECC_NIST_P256', 'KEY_AGREEMENT')
  const request = { KeyId, PublicKey, ...ECDH }
  assert.equal(await service.fault('DeriveSharedSecret', { ...request, DryRun: true }), DRY)
  assert.match(
    await service.fault('DeriveSharedSecret', { ...request, Recipient: {} }),
    /^UnsupportedOperationException: Recipient/,
  )
})

for (const { spec: name, noble, publicKeyBytes, ciphertextBytes } of NOBLE_KEMS) {
  test(`what noble encapsulates with the downloaded key of ${name}, Decapsulate opens`, async () => {
    const { keyId: KeyId, arn } = await keys.get(name, 'ENCAPSULATE_DECAPSULATE')
    const publicKey = Uint8Array.from(spki(await downloadedKey(service, KeyId)).subarray(-publicKeyBytes))
    const { cipherText, sharedSecret } = noble.encapsulate(publicKey)
    const opened = await service.ok('Decapsulate', {
      KeyId,
      SharedSecretCiphertextBlob: base64(cipherText),
      ...ML_KEM,
    })
    assert.deepEqual(opened, { KeyId: arn, SharedSecret: base64(sharedSecret), ...ML_KEM })
  })

  test(`what Encapsulate with ${name} encapsulates, noble and Decapsulate open`, async () => {
    const { keyId: KeyId, arn } = await keys.get(name, 'ENCAPSULATE_DECAPSULATE')
    const made = await service.ok('Encapsulate', { KeyId, ...ML_KEM })
    const { SharedSecret, SharedSecretCiphertextBlob, ...rest } = made
    assert.deepEqual(rest, { KeyId: arn, ...ML_KEM })
    assert.equal(bytes(SharedSecretCiphertextBlob).byteLength, ciphertextBytes)
    const { secretKey } = noble.keygen(pkcs8(await extracted(service, KeyId)).subarray(-64))
    const theirs = noble.decapsulate(Uint8Array.from(bytes(SharedSecretCiphertextBlob)), secretKey)
    assert.equal(base64(theirs), SharedSecret)
    const opened = await service.ok('Decapsulate', { KeyId, SharedSecretCiphertextBlob, ...ML_KEM })
    assert.equal(opened.SharedSecret, SharedSecret)
  })

  test(`a ciphertext for ${name} that was changed gives another secret, one of another length none`, async () => {
    const { keyId: KeyId } = await keys.get(name, 'ENCAPSULATE_DECAPSULATE')
    const made = await service.ok('Encapsulate', { KeyId, ...ML_KEM })
    const changed = bytes(made.SharedSecretCiphertextBlob)
    changed[5]! ^= 1
    const decapsulate = (ciphertext: Uint8Array): object => ({
      KeyId,
      SharedSecretCiphertextBlob: base64(ciphertext),
      ...ML_KEM,
    })
    const { SharedSecret } = await service.ok('Decapsulate', decapsulate(changed))
    assert.equal(bytes(SharedSecret).byteLength, 32)
    assert.notEqual(SharedSecret, made.SharedSecret)
    for (const wrong of [changed.subarray(1), Buffer.concat([changed, Buffer.of(0)])]) {
      assert.equal(await service.fault('Decapsulate', decapsulate(wrong)), 'InvalidCiphertextException')
    }
  })
}

test('only a key for encapsulation encapsulates, and a dry run does not', async () => {
  const { arn } = await service.createKey()
  assert.equal(
    await service.fault('Encapsulate', { KeyId: arn, ...ML_KEM }),
    `InvalidKeyUsageException: ${arn} key usage is ENCRYPT_DECRYPT which is not valid for Encapsulate.`,
  )
  const { keyId: KeyId } = await keys.get('ML_KEM_512', 'ENCAPSULATE_DECAPSULATE')
  assert.equal(await service.fault('Encapsulate', { KeyId, ...ML_KEM, DryRun: true }), DRY)
  const { SharedSecretCiphertextBlob } = await service.ok('Encapsulate', { KeyId, ...ML_KEM })
  const request = { KeyId, SharedSecretCiphertextBlob, ...ML_KEM, DryRun: true }
  assert.equal(await service.fault('Decapsulate', request), DRY)
})

function agreementKey(KeySpec: string): object {
  return { KeySpec, KeyUsage: 'KEY_AGREEMENT' }
}
