import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ByteWriter } from '../../src/base/bytes.ts'
import { EnvelopeError } from '../../src/base/error.ts'
import { writeAuthentication, writeHeaderBody } from '../../src/message/header.ts'
import { HeaderReader } from '../../src/message/header-reader.ts'
import { DEFAULT_LIMITS } from '../../src/message/limits.ts'
import { COMMITTED } from '../../src/message/suites.ts'
import { pattern } from '../support/messages.ts'

/** Longer than what is taken at once. */
const HEADER = written(2000)
const BODY = pattern(700)
const MESSAGE = Buffer.concat([HEADER, BODY])

function written(ciphertextBytes: number): Uint8Array {
  const writer = new ByteWriter()
  const encryptedDataKeys = [{ providerId: 'p', providerInfo: pattern(5), ciphertext: pattern(ciphertextBytes) }]
  const { messageIdBytes, commitmentBytes } = COMMITTED
  const ids = { messageId: pattern(messageIdBytes), commitment: pattern(commitmentBytes) }
  writeHeaderBody(writer, { suite: COMMITTED, context: {}, encryptedDataKeys, frameLength: 4096, ...ids })
  writeAuthentication(writer, COMMITTED, pattern(16))
  return Uint8Array.from(writer.written)
}

/** Reads the message in chunks of this size: the header, and what the reader leaves of the chunk in which it ended. */
function readIn(size: number, maxHeaderBytes = DEFAULT_LIMITS.maxHeaderBytes) {
  const reader = new HeaderReader({ ...DEFAULT_LIMITS, maxHeaderBytes })
  for (let start = 0; start < MESSAGE.length; start += size) {
    const chunk = Uint8Array.from(MESSAGE.subarray(start, start + size))
    const found = reader.push(chunk)
    if (found === undefined) continue
    const rest = Buffer.from(found.rest)
    chunk.fill(0xee)
    return { serialized: Buffer.from(found.read.serialized), rest, end: start + size }
  }
  throw new Error('the header did not end')
}

const isTooLong = (error: unknown): boolean => error instanceof EnvelopeError && error.code === 'LIMIT_EXCEEDED'

test('a header is the same in chunks of any size, and what follows it in a chunk is left', () => {
  for (const size of [1, 7, 511, 512, 513, HEADER.length - 1, HEADER.length, HEADER.length + 1, MESSAGE.length]) {
    const { serialized, rest, end } = readIn(size)
    assert.deepEqual(serialized, Buffer.from(HEADER), `${size}`)
    assert.deepEqual(rest, MESSAGE.subarray(HEADER.length, end), `${size}`)
  }
})

test('a header may have as many bytes as the limit, and no more', () => {
  for (const size of [1, 512, MESSAGE.length]) {
    assert.deepEqual(readIn(size, HEADER.length).serialized, Buffer.from(HEADER))
    assert.throws(() => readIn(size, HEADER.length - 1), isTooLong)
  }
})

test('a header that says it is too long is refused before more of it is taken', () => {
  const reader = new HeaderReader({ ...DEFAULT_LIMITS, maxHeaderBytes: 600 })
  assert.equal(reader.hasBegun, false)
  assert.throws(() => reader.push(HEADER.subarray(0, 512)), isTooLong)
  assert.equal(reader.hasBegun, true)
})
