import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { KeySpec } from '@keyhold/protocol'
import { keySpec } from '../../../../src/domain/keys/specs.ts'
import { nobleSigner, webCryptoSigner } from '../../../crypto/support/other-signatures.ts'
import { hashedMessage, type SigningCase, signingCases } from '../../../crypto/support/signing-cases.ts'
import { base64, TestService } from '../../../support/service.ts'
import { bytes, downloadedKey, TypedKeys } from '../../../support/typed-keys.ts'

const TEXT = Buffer.from('a text that is signed here and verified elsewhere')

let service: TestService
let keys: TypedKeys

before(async () => {
  service = await TestService.open()
  keys = new TypedKeys(service)
})
after(() => service[Symbol.asyncDispose]())

/** A request to sign a text, or to verify it, as its message type demands. */
async function requestFor(one: SigningCase, text: Uint8Array = TEXT): Promise<Record<string, string>> {
  const { keyId } = await keys.get(one.spec.name, 'SIGN_VERIFY')
  const message = hashedMessage(one, await downloadedKey(service, keyId), text)
  return {
    KeyId: keyId,
    Message: base64(message),
    MessageType: one.messageType,
    SigningAlgorithm: one.algorithm.name,
  }
}

for (const one of signingCases()) {
  describe(one.name, () => {
    test('what Sign signs, others verify with the downloaded key, and Verify does', async () => {
      const { arn, keyId } = await keys.get(one.spec.name, 'SIGN_VERIFY')
      const request = await requestFor(one)
      const signed = await service.ok('Sign', request)
      assert.deepEqual([signed.KeyId, signed.SigningAlgorithm], [arn, one.algorithm.name])
      const other = one.algorithm.scheme.startsWith('RSA') ? webCryptoSigner : nobleSigner
      const downloaded = { spec: one.spec, publicKey: await downloadedKey(service, keyId) }
      assert.ok(await other.verify(downloaded, one.algorithm, TEXT, bytes(signed.Signature)))
      const verified = await service.ok('Verify', { ...request, Signature: signed.Signature })
      assert.deepEqual(verified, { KeyId: arn, SignatureValid: true, SigningAlgorithm: one.algorithm.name })
    })

    test('a signature of something else is an exception without a message', async () => {
      const request = await requestFor(one)
      const { Signature } = await service.ok('Sign', await requestFor(one, Buffer.from('another text')))
      assert.equal(await service.fault('Verify', { ...request, Signature }), 'KMSInvalidSignatureException')
      const noSignature = { ...request, Signature: base64('x') }
      assert.equal(await service.fault('Verify', noSignature), 'KMSInvalidSignatureException')
    })

    const { bytes: length } = one.algorithm.messages[one.messageType] ?? assert.fail()
    if (length === undefined) return
    test(`a message of ${length - 1} or ${length + 1} bytes is no digest of the algorithm`, async () => {
      for (const wrong of [length - 1, length + 1]) {
        const request = { ...(await requestFor(one)), Message: base64(new Uint8Array(wrong)) }
        const fault = `ValidationException: Digest is invalid length for algorithm ${one.algorithm.name}.`
        assert.equal(await service.fault('Sign', request), fault)
        assert.equal(await service.fault('Verify', { ...request, Signature: base64('x') }), fault)
      }
    })
  })
}

test('a message is RAW unless the request says otherwise', async () => {
  const { keyId: KeyId } = await keys.get('ECC_NIST_P256', 'SIGN_VERIFY')
  const request = { KeyId, Message: base64(TEXT), SigningAlgorithm: 'ECDSA_SHA_256' }
  const { Signature } = await service.ok('Sign', request)
  await service.ok('Verify', { ...request, Signature, MessageType: 'RAW' })
})

test('a type of message that the algorithm does not take is refused', async () => {
  const faults: [KeySpec, string, string, string][] = [
    ['ECC_NIST_EDWARDS25519', 'ED25519_SHA_512', 'DIGEST', 'algorithm ED25519_SHA_512'],
    ['ECC_NIST_EDWARDS25519', 'ED25519_PH_SHA_512', 'RAW', 'algorithm ED25519_PH_SHA_512'],
    ['ECC_NIST_EDWARDS25519', 'ED25519_SHA_512', 'EXTERNAL_MU', 'key spec ECC_NIST_EDWARDS25519'],
    ['ECC_NIST_P256', 'ECDSA_SHA_256', 'EXTERNAL_MU', 'key spec ECC_NIST_P256'],
    ['RSA_2048', 'RSASSA_PSS_SHA_256', 'EXTERNAL_MU', 'key spec RSA_2048'],
    ['ML_DSA_44', 'ML_DSA_SHAKE_256', 'DIGEST', 'key spec ML_DSA_44'],
  ]
  for (const [spec, SigningAlgorithm, MessageType, what] of faults) {
    const { keyId: KeyId } = await keys.get(spec, 'SIGN_VERIFY')
    const request = { KeyId, SigningAlgorithm, MessageType, Message: base64(new Uint8Array(64)) }
    const fault = `ValidationException: Message type ${MessageType} is incompatible with ${what}.`
    assert.equal(await service.fault('Sign', request), fault)
    assert.equal(await service.fault('Verify', { ...request, Signature: base64('x') }), fault)
  }
})

test('an algorithm of another spec is an invalid usage, and so is a key of another usage', async () => {
  const { keyId: KeyId } = await keys.get('ECC_NIST_P384', 'SIGN_VERIFY')
  const message = { Message: base64(TEXT) }
  for (const SigningAlgorithm of ['ECDSA_SHA_256', 'RSASSA_PSS_SHA_384', 'ML_DSA_SHAKE_256', 'SM2DSA']) {
    assert.equal(
      await service.fault('Sign', { KeyId, SigningAlgorithm, ...message }),
      `InvalidKeyUsageException: Algorithm ${SigningAlgorithm} is incompatible with key spec ECC_NIST_P384.`,
    )
  }
  const symmetric = await service.createKey()
  const agreement = await keys.get('ECC_NIST_P384', 'KEY_AGREEMENT')
  for (const [{ arn }, usage] of [
    [symmetric, 'ENCRYPT_DECRYPT'],
    [agreement, 'KEY_AGREEMENT'],
  ] as const) {
    const request = { KeyId: arn, SigningAlgorithm: 'ECDSA_SHA_384', ...message }
    assert.equal(
      await service.fault('Sign', request),
      `InvalidKeyUsageException: ${arn} key usage is ${usage} which is not valid for Sign.`,
    )
    assert.equal(
      await service.fault('Verify', { ...request, Signature: base64('x') }),
      `InvalidKeyUsageException: ${arn} key usage is ${usage} which is not valid for Verify.`,
    )
  }
})

test('a dry run signs nothing and answers as always', async () => {
  const dry = 'DryRunOperationException: The request would have succeeded, but the DryRun option is set.'
  const { keyId: KeyId } = await keys.get('ECC_NIST_P256', 'SIGN_VERIFY')
  const request = { KeyId, Message: base64(TEXT), SigningAlgorithm: 'ECDSA_SHA_256' }
  const { Signature } = await service.ok('Sign', request)
  assert.equal(await service.fault('Sign', { ...request, DryRun: true }), dry)
  assert.equal(await service.fault('Verify', { ...request, Signature, DryRun: true }), dry)
})

test('the key’s state comes before its usage', async () => {
  const { keyId: KeyId, arn } = await service.createKey()
  await service.ok('DisableKey', { KeyId })
  const request = { KeyId, Message: base64(TEXT), SigningAlgorithm: 'ECDSA_SHA_256' }
  assert.equal(await service.fault('Sign', request), `DisabledException: ${arn} is disabled.`)
})

test('every spec that signs is among the cases', () => {
  const covered = new Set(signingCases().map(({ spec }) => spec.name))
  assert.equal(covered.size, 11)
  for (const name of covered) assert.ok(keySpec(name).usages.includes('SIGN_VERIFY'))
})
