import assert from 'node:assert/strict'
import crypto from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { openBlob, parseBlob, sealBlob } from '../../src/crypto/blob.ts'
import { systemRandom } from '../../src/crypto/random.ts'
import { intoKeyObject } from '../../src/crypto/secret-key.ts'

const NAMES = { keyId: '1234abcd-12ab-34cd-56ef-1234567890ab', materialId: 'ab'.repeat(32) }
const PLAINTEXT = Buffer.from('a data key of thirty-two bytes!!')

test('no sub-key and no unverified plaintext outlives the call that used it', (t) => {
  const seen = watchCiphers(t)
  const material = intoKeyObject(systemRandom.secret(32))
  const blob = sealBlob(material, NAMES, PLAINTEXT, {}, systemRandom)
  const opened = openBlob(material, parseBlob(blob) ?? assert.fail(), {})
  const damaged = Uint8Array.from(blob)
  damaged[blob.byteLength - 1]! ^= 1
  const refused = openBlob(material, parseBlob(damaged) ?? assert.fail(), {})

  assert.equal(seen.keys.length, 3)
  for (const key of seen.keys) assert.deepEqual(Buffer.from(key), Buffer.alloc(32))
  assert.equal(refused, undefined)
  const [verified, unverified] = seen.plaintexts
  assert.deepEqual(verified, PLAINTEXT)
  assert.deepEqual(opened?.reveal(), verified)
  assert.deepEqual(unverified, Buffer.alloc(PLAINTEXT.byteLength))
})

test('a context that is not committed to is refused before anything is decrypted', (t) => {
  const seen = watchCiphers(t)
  const material = intoKeyObject(systemRandom.secret(32))
  const blob = sealBlob(material, NAMES, PLAINTEXT, {}, systemRandom)
  assert.equal(openBlob(material, parseBlob(blob) ?? assert.fail(), { another: 'context' }), undefined)
  assert.equal(seen.plaintexts.length, 0)
})

/** Records the key buffers of ciphers, and the results of deciphers. */
function watchCiphers(t: TestContext): { keys: Uint8Array[]; plaintexts: Uint8Array[] } {
  const seen: { keys: Uint8Array[]; plaintexts: Uint8Array[] } = { keys: [], plaintexts: [] }
  const { createCipheriv, createDecipheriv } = crypto
  t.mock.method(crypto, 'createCipheriv', (...args: Parameters<typeof createCipheriv>) => {
    seen.keys.push(args[1] as Uint8Array)
    return createCipheriv(...args)
  })
  t.mock.method(crypto, 'createDecipheriv', (...args: Parameters<typeof createDecipheriv>) => {
    seen.keys.push(args[1] as Uint8Array)
    const decipher = createDecipheriv(...args)
    const update = decipher.update.bind(decipher)
    t.mock.method(decipher, 'update', (bytes: Uint8Array) => {
      const plaintext = update(bytes)
      seen.plaintexts.push(plaintext)
      return plaintext
    })
    return decipher
  })
  syncBuiltinESMExports()
  t.after(() => {
    t.mock.restoreAll()
    syncBuiltinESMExports()
  })
  return seen
}
