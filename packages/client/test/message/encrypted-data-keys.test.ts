import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ByteWriter } from '../../src/base/bytes.ts'
import { type EncryptedDataKey, writeEncryptedDataKeys } from '../../src/message/encrypted-data-keys.ts'

const LONGEST = 65_535

function written(keys: readonly EncryptedDataKey[]): Buffer {
  const writer = new ByteWriter()
  writeEncryptedDataKeys(writer, keys)
  return Buffer.from(writer.written)
}

function keyOf(change: Partial<EncryptedDataKey>): EncryptedDataKey {
  return { providerId: 'p', providerInfo: Buffer.from('i'), ciphertext: Buffer.from('c'), ...change }
}

test('a count, then three fields with their lengths for each', () => {
  assert.equal(
    written([keyOf({}), keyOf({ providerId: 'é' })]).toString('hex'),
    '00020001700001690001630002c3a9000169000163',
  )
})

test('a field may have as many bytes as its length can say, and no more', () => {
  for (const field of ['providerInfo', 'ciphertext'] as const) {
    assert.equal(written([keyOf({ [field]: Buffer.alloc(LONGEST) })]).length, 2 + 6 + 2 + LONGEST)
    assert.throws(() => written([keyOf({ [field]: Buffer.alloc(LONGEST + 1) })]), { code: 'INVALID_DATA_KEY' })
  }
  assert.equal(written([keyOf({ providerId: 'é'.repeat(32_767) + 'x' })]).readUInt16BE(2), LONGEST)
  assert.throws(() => written([keyOf({ providerId: 'é'.repeat(32_768) })]), { code: 'INVALID_DATA_KEY' })
})

test('there is at least one, and there are no more than can be counted', () => {
  assert.throws(() => written([]), { code: 'INVALID_DATA_KEY', message: /0 of them/ })
  const many = Array.from({ length: LONGEST }, () => keyOf({}))
  assert.equal(written(many).readUInt16BE(0), LONGEST)
  assert.throws(() => written([...many, keyOf({})]), { code: 'INVALID_DATA_KEY' })
})
