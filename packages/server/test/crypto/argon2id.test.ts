import assert from 'node:assert/strict'
import { argon2Sync } from 'node:crypto'
import { test } from 'node:test'
import { Secret } from '@keyhold/protocol'
import { argon2id } from '../../src/crypto/argon2id.ts'

// RFC 9106, section 5.3.
test("node:crypto's argon2id has the tag of the RFC", () => {
  const tag = argon2Sync('argon2id', {
    message: Buffer.alloc(32, 1),
    nonce: Buffer.alloc(16, 2),
    secret: Buffer.alloc(8, 3),
    associatedData: Buffer.alloc(12, 4),
    parallelism: 4,
    memory: 32,
    passes: 3,
    tagLength: 32,
  })
  assert.equal(tag.toString('hex'), '0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659')
})

test('every input and every cost counts', async () => {
  const base = ['password', 'salt of 16 bytes', 'data', 32, 2, 2] as const
  const variants: (readonly [string, string, string, number, number, number])[] = [
    base,
    ['passwore', ...base.slice(1)] as never,
    [base[0], 'salt of 16 bytez', ...base.slice(2)] as never,
    [base[0], base[1], 'date', 32, 2, 2],
    [base[0], base[1], 'data', 40, 2, 2],
    [base[0], base[1], 'data', 32, 3, 2],
    [base[0], base[1], 'data', 32, 2, 1],
  ]
  const keys = await Promise.all(
    variants.map(async ([password, salt, data, memoryKiB, passes, lanes]) => {
      const input = { salt: Buffer.from(salt), associatedData: Buffer.from(data) }
      const key = await argon2id(Secret.of(Buffer.from(password)), input, { memoryKiB, passes, lanes })
      return Buffer.from(key.reveal()).toString('hex')
    }),
  )
  assert.equal(new Set(keys).size, variants.length)
  assert.ok(keys.every((key) => key.length === 64))
})
