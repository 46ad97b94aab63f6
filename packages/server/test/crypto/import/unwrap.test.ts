import assert from 'node:assert/strict'
import { constants, publicEncrypt, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { unwrapMaterial } from '../../../src/crypto/import/unwrap.ts'
import { testKey } from '../support/keys.ts'
import { wrapAes } from '../support/wrapping.ts'

const { key, publicKey } = testKey('RSA_2048')

function unwrapped(aesKey: Uint8Array, wrapped: Uint8Array): string | undefined {
  const block = publicEncrypt({ key: publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' }, aesKey)
  const whole = Buffer.concat([block, wrapped])
  const material = unwrapMaterial({ wrappingKey: key, hash: 'sha256', aesKeyWrap: true, wrapped: whole })
  return material && Buffer.from(material).toString('hex')
}

interface Wycheproof {
  tests: { tcId: number; comment: string; key: string; msg: string; ct: string; result: 'valid' | 'invalid' }[]
}

const file = new URL('../../../../../vectors/wycheproof/aes-256-kwp.json', import.meta.url)

describe('Wycheproof, AES key wrap with padding', () => {
  for (const { tcId, comment, result, ...vector } of (JSON.parse(readFileSync(file, 'utf8')) as Wycheproof).tests) {
    test(`${tcId}, ${comment}: ${result}`, () => {
      const material = unwrapped(Buffer.from(vector.key, 'hex'), Buffer.from(vector.ct, 'hex'))
      assert.equal(material, result === 'valid' ? vector.msg : undefined)
    })
  }
})

test('only an AES key of 256 bits is accepted, as AWS requires', () => {
  const material = randomBytes(40)
  assert.equal(unwrapped(Buffer.alloc(32, 1), wrapAes(Buffer.alloc(32, 1), material)), material.toString('hex'))
  for (const bytes of [16, 24]) {
    assert.equal(unwrapped(Buffer.alloc(bytes, 1), wrapAes(Buffer.alloc(bytes, 1), material)), undefined)
  }
})

test('lengths that no wrapped key has are refused', () => {
  for (const length of [0, 8, 15, 17, 23]) assert.equal(unwrapped(randomBytes(32), Buffer.alloc(length)), undefined)
})
