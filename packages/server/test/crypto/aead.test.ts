import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { decryptAead, encryptAead } from '../../src/crypto/aead.ts'

/** The Galois/Counter Mode of Operation (McGrew, Viega), test case 16: AES-256 with additional data. */
const CASE_16 = {
  key: Buffer.from('feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308', 'hex'),
  iv: Buffer.from('cafebabefacedbaddecaf888', 'hex'),
  additionalData: Buffer.from('feedfacedeadbeeffeedfacedeadbeefabaddad2', 'hex'),
  plaintext:
    'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39',
  ciphertext:
    '522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662',
  tag: '76fc6ece0f4e1768cddf8853bb2d551b',
}

test('encrypts the published test case, and decrypts it again', () => {
  const sealed = encryptAead(CASE_16, Buffer.from(CASE_16.plaintext, 'hex'))
  assert.equal(Buffer.from(sealed.ciphertext).toString('hex'), CASE_16.ciphertext)
  assert.equal(Buffer.from(sealed.tag).toString('hex'), CASE_16.tag)
  assert.deepEqual(decryptAead(CASE_16, sealed), Buffer.from(CASE_16.plaintext, 'hex'))
})

test('nothing decrypts if key, IV, additional data, ciphertext or tag differ in one bit', () => {
  const parameters = { key: randomBytes(32), iv: randomBytes(12), additionalData: randomBytes(20) }
  const sealed = encryptAead(parameters, randomBytes(32))
  for (const name of ['key', 'iv', 'additionalData'] as const) {
    assert.equal(decryptAead({ ...parameters, [name]: flipped(parameters[name]) }, sealed), undefined, name)
  }
  for (const name of ['ciphertext', 'tag'] as const) {
    assert.equal(decryptAead(parameters, { ...sealed, [name]: flipped(sealed[name]) }), undefined, name)
  }
  assert.notEqual(decryptAead(parameters, sealed), undefined)
})

test('a plaintext has memory of its own', () => {
  const parameters = { key: randomBytes(32), iv: randomBytes(12), additionalData: new Uint8Array() }
  const plaintext = decryptAead(parameters, encryptAead(parameters, randomBytes(32)))
  assert.equal(plaintext?.buffer.byteLength, 32)
})

function flipped(bytes: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes)
  copy[0] = (copy[0] ?? 0) ^ 1
  return copy
}
