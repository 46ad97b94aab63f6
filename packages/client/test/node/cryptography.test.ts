import assert from 'node:assert/strict'
import { createECDH } from 'node:crypto'
import { test } from 'node:test'
import { COMMITTED_SIGNED } from '../../src/message/suites.ts'
import { nodeCryptography } from '../../src/node/cryptography.ts'

const P384 = COMMITTED_SIGNED.signature!

test('HKDF-SHA-512 extracts and expands as RFC 5869 says', async () => {
  // The inputs of RFC 5869, appendix A.1, which has no outputs for SHA-512: computed with Python's hmac, step by step.
  const [secret, salt, info] = ['0b'.repeat(22), '000102030405060708090a0b0c', 'f0f1f2f3f4f5f6f7f8f9'].map((hex) =>
    Buffer.from(hex, 'hex'),
  ) as [Buffer, Buffer, Buffer]
  const outputs = [{ info, length: 42 }]
  const [derived] = await nodeCryptography.hkdf({ hash: 'sha512', secret, salt, outputs })
  assert.equal(
    Buffer.from(derived!).toString('hex'),
    '832390086cda71fb47625bb5ceb168e4c8e26a1a16ed34d9fc7fe92c1481579338da362cb8d9f925d7cb',
  )
})

test('HKDF-SHA-256 without a salt extracts with zeros, as in RFC 5869, appendix A.3', async () => {
  const outputs = [{ info: new Uint8Array(0), length: 32 }]
  const secret = Buffer.from('0b'.repeat(22), 'hex')
  const [derived] = await nodeCryptography.hkdf({ hash: 'sha256', secret, salt: new Uint8Array(0), outputs })
  assert.equal(
    Buffer.from(derived!).toString('hex'),
    '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d',
  )
})

test('secrets are drawn into memory that does not move', () => {
  // Node gives small typed arrays of V8's own heap an ArrayBuffer only when it is asked for; these have one from the start.
  const [one, other] = [nodeCryptography.randomSecret(32), nodeCryptography.randomSecret(32)]
  assert.equal(one.buffer.byteLength, 32)
  assert.notDeepEqual(one, other)
})

test('a signature verifies under the compressed public key, and under no other', async () => {
  const key = await nodeCryptography.signingKey(P384)
  const signer = key.signer()
  signer.update(Buffer.from('a message'))
  const signature = await signer.sign()
  const other = await nodeCryptography.signingKey(P384)
  for (const [publicKey, expected] of [
    [key.publicKey, true],
    [other.publicKey, false],
  ] as const) {
    const verifier = await nodeCryptography.verifier(P384, publicKey)
    verifier!.update(Buffer.from('a message'))
    assert.equal(await verifier!.verify(signature), expected)
  }
})

test('compressed points agree with those of OpenSSL, whatever the sign of y', async () => {
  for (let index = 0; index < 8; index++) {
    const ecdh = createECDH('secp384r1')
    ecdh.generateKeys()
    assert.ok(await nodeCryptography.verifier(P384, ecdh.getPublicKey(null, 'compressed')))
  }
})

test('what is not a compressed point of the curve is no public key', async () => {
  const uncompressed = createECDH('secp384r1').generateKeys()
  const offCurve = Buffer.alloc(49, 0xff)
  offCurve[0] = 2
  for (const bytes of [uncompressed, offCurve, Buffer.alloc(49), Buffer.alloc(0)]) {
    assert.equal(await nodeCryptography.verifier(P384, bytes), undefined)
  }
})

test('garbage is no signature', async () => {
  const { publicKey } = await nodeCryptography.signingKey(P384)
  for (const signature of [Buffer.alloc(0), Buffer.alloc(103), Buffer.from('3006020100020100', 'hex')]) {
    const verifier = await nodeCryptography.verifier(P384, publicKey)
    assert.equal(await verifier!.verify(signature), false)
  }
})
