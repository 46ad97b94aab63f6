import assert from 'node:assert/strict'
import { constants, createHash, verify as verifyWithNode } from 'node:crypto'
import { describe, test } from 'node:test'
import { encodePss, verifyPss } from '../../../src/crypto/asymmetric/emsa-pss.ts'
import { rawSign, rawVerify } from '../../../src/crypto/asymmetric/raw-rsa.ts'
import { rsaPkcs1 } from '../../../src/crypto/asymmetric/rsa-pkcs1.ts'
import { rsaPss } from '../../../src/crypto/asymmetric/rsa-pss.ts'
import { testKey } from '../support/keys.ts'

const { key, publicKey } = testKey('RSA_2048')
const TEXT = Buffer.from('a text')
const DIGEST = createHash('sha256').update(TEXT).digest()
const MESSAGE = { key, digest: DIGEST, hash: 'sha256' } as const
const DIGEST_INFO = Buffer.from('3031300d060960864801650304020105000420', 'hex')

/** 0x00 ‖ 0x01 ‖ padding ‖ 0x00 ‖ `tail`, as long as the modulus. */
function pkcs1Block(tail: Buffer, padding = 0xff, behind = Buffer.alloc(0)): Buffer {
  const filler = Buffer.alloc(256 - 3 - tail.byteLength - behind.byteLength, padding)
  return Buffer.concat([Buffer.of(0, 1), filler, Buffer.of(0), tail, behind])
}

describe('PKCS #1 v1.5', () => {
  const verifies = (block: Buffer): boolean => rsaPkcs1.verify(MESSAGE, rawSign(key, block))

  test('the encoding of RFC 8017 verifies, and is what this service signs', () => {
    assert.ok(verifies(pkcs1Block(Buffer.concat([DIGEST_INFO, DIGEST]))))
    assert.deepEqual(rsaPkcs1.sign(MESSAGE), rawSign(key, pkcs1Block(Buffer.concat([DIGEST_INFO, DIGEST]))))
  })

  const otherHash = Buffer.from('3031300d060960864801650304020405000420', 'hex')
  const withoutNull = Buffer.from('302f300b0609608648016503040201 0420'.replaceAll(' ', ''), 'hex')
  const longLength = Buffer.from('308131300d060960864801650304020105000420', 'hex')
  const wrong: Record<string, Buffer> = {
    'bytes after the digest (Bleichenbacher 2006)': pkcs1Block(
      Buffer.concat([DIGEST_INFO, DIGEST]),
      0xff,
      Buffer.alloc(100, 7),
    ),
    'a DigestInfo without NULL': pkcs1Block(Buffer.concat([withoutNull, DIGEST])),
    'a length in long form': pkcs1Block(Buffer.concat([longLength, DIGEST])),
    'another hash named': pkcs1Block(Buffer.concat([otherHash, DIGEST])),
    'the bare digest': pkcs1Block(DIGEST),
    'padding of another byte': pkcs1Block(Buffer.concat([DIGEST_INFO, DIGEST]), 0xfe),
    'block type 2': Buffer.concat([Buffer.of(0, 2), pkcs1Block(Buffer.concat([DIGEST_INFO, DIGEST])).subarray(2)]),
  }
  for (const [name, block] of Object.entries(wrong)) {
    test(`${name} does not verify`, () => assert.equal(verifies(block), false))
  }
})

const PARAMETERS = { hash: 'sha256', encodedBits: 2047 } as const

describe('PSS', () => {
  const encoded = Buffer.from(encodePss(DIGEST, Buffer.alloc(32, 9), PARAMETERS))

  test('OpenSSL verifies a signature with our encoding, with a salt as long as the hash', () => {
    const options = { key: publicKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }
    assert.ok(verifyWithNode('sha256', TEXT, options, rawSign(key, encoded)))
    assert.ok(rsaPss.verify(MESSAGE, rawSign(key, encoded)))
  })

  test('moduli whose encoded message is a byte shorter, and every number of unused bits, encode and verify', () => {
    for (let encodedBits = 1024; encodedBits <= 1032; encodedBits++) {
      const parameters = { hash: 'sha384', encodedBits } as const
      const digest = createHash('sha384').update(TEXT).digest()
      const block = encodePss(digest, Buffer.alloc(48, 3), parameters)
      assert.equal(block.byteLength, Math.ceil(encodedBits / 8))
      assert.ok(verifyPss(digest, block, parameters))
    }
  })

  test('a changed bit anywhere does not verify', () => {
    for (let index = 0; index < encoded.byteLength; index += 5) {
      for (const bit of [1, 0x80]) {
        const changed = Buffer.from(encoded)
        changed[index] = (changed[index] ?? 0) ^ bit
        assert.equal(verifyPss(DIGEST, changed, PARAMETERS), false, `${index}`)
      }
    }
  })

  test('a salt of another length does not verify, though a lenient verifier would accept it', () => {
    for (const saltBytes of [0, 20, 31, 33]) {
      const block = encodePss(DIGEST, Buffer.alloc(saltBytes, 9), PARAMETERS)
      const anyLength = constants.RSA_PSS_SALTLEN_AUTO
      const lax = { key: publicKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: anyLength }
      assert.ok(verifyWithNode('sha256', TEXT, lax, rawSign(key, block)))
      assert.equal(rsaPss.verify(MESSAGE, rawSign(key, block)), false)
    }
  })

  test('a hash that does not fit into the modulus is a bug in the caller', () => {
    const parameters = { hash: 'sha512', encodedBits: 1023 } as const
    assert.throws(() => encodePss(Buffer.alloc(64), Buffer.alloc(64), parameters), RangeError)
    assert.equal(verifyPss(Buffer.alloc(64), Buffer.alloc(128, 0xbc), parameters), false)
  })
})

test('a signature that is not below the modulus, or of another length, is refused before any computation', () => {
  const modulus = Buffer.from(publicKey.export({ format: 'jwk' }).n ?? '', 'base64url')
  assert.equal(rawVerify(key, modulus), undefined)
  assert.equal(rawVerify(key, Buffer.alloc(256, 0xff)), undefined)
  assert.equal(rawVerify(key, Buffer.alloc(255, 1)), undefined)
  assert.equal(rawVerify(key, Buffer.alloc(257)), undefined)
})
