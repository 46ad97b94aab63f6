import assert from 'node:assert/strict'
import { createSecretKey, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { needs } from '../../../../tools/testing/needs.ts'
import { generateMac, verifyMac } from '../../src/crypto/hmac.ts'
import { algorithm, type MacAlgorithm } from '../../src/domain/keys/algorithms.ts'
import { openssl } from './support/openssl.ts'

/** RFC 4231, test case 2: the key "Jefe", the data "what do ya want for nothing?". */
const CASE_2 = {
  HMAC_SHA_224: 'a30e01098bc6dbbf45690f3a7e9e6d0f8bbea2a39e6148008fd05e44',
  HMAC_SHA_256: '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  HMAC_SHA_384: 'af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649',
  HMAC_SHA_512:
    '164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554' +
    '9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737',
}

function row(name: string): MacAlgorithm {
  return algorithm('GENERATE_VERIFY_MAC', name) ?? assert.fail()
}

for (const [name, mac] of Object.entries(CASE_2)) {
  test(`RFC 4231, test case 2: ${name} gives the published MAC and verifies it`, () => {
    const key = createSecretKey(Buffer.from('Jefe'))
    const message = Buffer.from('what do ya want for nothing?')
    assert.equal(Buffer.from(generateMac(key, row(name), message)).toString('hex'), mac)
    assert.ok(verifyMac(key, row(name), message, Buffer.from(mac, 'hex')))
  })

  test(`the openssl command gives the same ${name}`, { skip: needs('openssl') }, () => {
    const { hash, macBytes } = row(name)
    const [key, message] = [randomBytes(macBytes), randomBytes(4096)]
    const args = ['mac', '-macopt', `hexkey:${key.toString('hex')}`, '-digest', hash, '-in', 'message', 'HMAC']
    const theirs = openssl(args, { message }).toString().trim().toLowerCase()
    const ours = Buffer.from(generateMac(createSecretKey(key), row(name), message))
    assert.equal(ours.toString('hex'), theirs)
    assert.equal(ours.byteLength, macBytes)
  })

  test(`a changed, truncated, longer or empty ${name} does not verify`, () => {
    const [key, message] = [createSecretKey(randomBytes(32)), randomBytes(10)]
    const mac = Buffer.from(generateMac(key, row(name), message))
    const changed = Buffer.from(mac)
    changed[0] = (changed[0] ?? 0) ^ 1
    const wrong = [changed, mac.subarray(0, -1), Buffer.concat([mac, Buffer.of(0)]), Buffer.alloc(0)]
    for (const bytes of wrong) assert.equal(verifyMac(key, row(name), message, bytes), false)
    assert.equal(verifyMac(key, row(name), randomBytes(10), mac), false)
    assert.equal(verifyMac(createSecretKey(randomBytes(32)), row(name), message, mac), false)
  })

  if (name === 'HMAC_SHA_224') continue // WebCrypto does not have it
  test(`WebCrypto verifies our ${name}, and we what it signs`, async () => {
    const { macBytes } = row(name)
    const [bytes, message] = [Uint8Array.from(randomBytes(macBytes)), Uint8Array.from(randomBytes(100))]
    const hmac = { name: 'HMAC', hash: `SHA-${macBytes * 8}` }
    const imported = await crypto.subtle.importKey('raw', bytes, hmac, false, ['sign', 'verify'])
    const key = createSecretKey(bytes)
    const ours = Uint8Array.from(generateMac(key, row(name), message))
    assert.ok(await crypto.subtle.verify('HMAC', imported, ours, message))
    assert.ok(verifyMac(key, row(name), message, new Uint8Array(await crypto.subtle.sign('HMAC', imported, message))))
  })
}
