import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { needs } from '../../../../../tools/testing/needs.ts'
import { messageFault, sign, verify } from '../../../src/crypto/asymmetric/signatures.ts'
import { algorithm } from '../../../src/domain/keys/algorithms.ts'
import { strangerKey, testKey } from '../support/keys.ts'
import { nobleSigner, opensslSigner, type OtherSigner, webCryptoSigner } from '../support/other-signatures.ts'
import { type SigningCase, signingCases, signingRequest } from '../support/signing-cases.ts'
import { testThreads } from '../support/threads.ts'

const threads = testThreads()
const TEXT = Buffer.from('a text to be signed by either side')

/** What every openssl command since 3.0 supports: no ML-DSA, and no Ed25519ph. */
const OPENSSL_SCHEMES = ['RSASSA_PSS', 'RSASSA_PKCS1_V1_5', 'ECDSA', 'ED25519']

const isRsa = ({ algorithm: { scheme } }: SigningCase): boolean => scheme.startsWith('RSA')

for (const one of signingCases()) {
  describe(one.name, () => {
    const other: OtherSigner = isRsa(one) ? webCryptoSigner : nobleSigner

    test(`${isRsa(one) ? 'WebCrypto' : 'noble'} verifies what this service signs`, async () => {
      const signature = await sign(signingRequest(one, TEXT), threads)
      assert.equal(await other.verify(testKey(one.spec.name), one.algorithm, TEXT, signature), true)
    })

    test(`this service verifies what ${isRsa(one) ? 'WebCrypto' : 'noble'} signs`, async () => {
      const signature = await other.sign(testKey(one.spec.name), one.algorithm, TEXT)
      assert.equal(await verify(signingRequest(one, TEXT), signature, threads), true)
    })

    test('another message, another key, and a changed, shortened, longer or empty signature do not verify', async () => {
      const request = signingRequest(one, TEXT)
      const signature = Buffer.from(await sign(request, threads))
      assert.equal(await verify(signingRequest(one, Buffer.from('another text')), signature, threads), false)
      const stranger = { ...request, key: strangerKey(one.spec.name).key }
      assert.equal(await verify(stranger, signature, threads), false)
      for (const wrong of damaged(signature)) assert.equal(await verify(request, wrong, threads), false)
    })

    if (!OPENSSL_SCHEMES.includes(one.algorithm.scheme)) return
    test(
      "the openssl command and this service verify each other's signatures",
      { skip: needs('openssl') },
      async () => {
        const key = testKey(one.spec.name)
        const ours = await sign(signingRequest(one, TEXT), threads)
        assert.equal(await opensslSigner.verify(key, one.algorithm, TEXT, ours), true)
        const theirs = await opensslSigner.sign(key, one.algorithm, TEXT)
        assert.equal(await verify(signingRequest(one, TEXT), theirs, threads), true)
      },
    )
  })
}

function damaged(signature: Buffer): Buffer[] {
  const flips = [0, signature.byteLength >> 1, signature.byteLength - 1].map((index) => {
    const copy = Buffer.from(signature)
    copy[index] = (copy[index] ?? 0) ^ 1
    return copy
  })
  const lengths = [signature.subarray(0, -1), Buffer.concat([signature, Buffer.of(0)]), Buffer.alloc(0)]
  return [...flips, ...lengths, Buffer.alloc(signature.byteLength), Buffer.alloc(signature.byteLength, 0xff)]
}

test('signatures of one message differ if the scheme is randomised, and are otherwise equal', async () => {
  for (const one of signingCases().filter(({ spec }) => spec.name !== 'RSA_3072' && spec.name !== 'RSA_4096')) {
    const request = signingRequest(one, TEXT)
    const [first, second] = [await sign(request, threads), await sign(request, threads)].map((bytes) =>
      Buffer.from(bytes).toString('hex'),
    )
    const random = ['RSASSA_PSS', 'ECDSA', 'ML_DSA'].includes(one.algorithm.scheme)
    assert.equal(first !== second, random, one.name)
  }
})

test('a digest is not hashed again: RAW and DIGEST sign the same thing', async () => {
  const raw = signingCases().filter(({ messageType }) => messageType === 'RAW')
  for (const one of raw.filter(({ algorithm: { messages } }) => messages.DIGEST !== undefined)) {
    const signature = await sign(signingRequest({ ...one, messageType: 'DIGEST' }, TEXT), threads)
    assert.equal(await verify(signingRequest(one, TEXT), signature, threads), true, one.name)
  }
})

test('an empty message and one of 4,096 bytes are signed', async () => {
  for (const one of signingCases().filter(({ messageType }) => messageType === 'RAW')) {
    for (const text of [Buffer.alloc(0), Buffer.alloc(4096, 7)]) {
      const request = signingRequest(one, text)
      assert.equal(await verify(request, await sign(request, threads), threads), true, one.name)
    }
  }
})

test('message types and lengths that an algorithm does not support are reported, and refused if the caller did not check', async () => {
  const ecdsa = algorithm('SIGN_VERIFY', 'ECDSA_SHA_256') ?? assert.fail()
  assert.equal(messageFault(ecdsa, 'EXTERNAL_MU', 64), 'type')
  assert.equal(messageFault(ecdsa, 'DIGEST', 31), 'length')
  assert.equal(messageFault(ecdsa, 'DIGEST', 32), undefined)
  assert.equal(messageFault(ecdsa, 'RAW', 31), undefined)
  const { key, spec } = testKey('ECC_NIST_P256')
  const request = { key, spec, algorithm: ecdsa, messageType: 'DIGEST', message: Buffer.alloc(31) } as const
  await assert.rejects(sign(request, threads), /cannot sign a DIGEST of 31 bytes/)
  await assert.rejects(verify(request, Buffer.alloc(64), threads), /cannot sign a DIGEST of 31 bytes/)
  const foreign = { ...request, spec: testKey('ECC_NIST_P384').spec, message: Buffer.alloc(32) }
  await assert.rejects(sign(foreign, threads), TypeError)
})
