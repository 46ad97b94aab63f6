/** The header, field by field. Specification, "Message header". */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ByteWriter, Incomplete } from '../../src/base/bytes.ts'
import { EnvelopeError } from '../../src/base/error.ts'
import {
  HEADER_IV,
  type MessageHeader,
  parseHeader,
  writeAuthentication,
  writeHeaderBody,
} from '../../src/message/header.ts'
import { DEFAULT_LIMITS, type Limits } from '../../src/message/limits.ts'
import { COMMITTED, type Suite, SUITES, UNCOMMITTED } from '../../src/message/suites.ts'
import { pattern } from '../support/messages.ts'

const KEYS = [
  { providerId: 'aws-kms', providerInfo: pattern(5), ciphertext: pattern(9) },
  { providerId: 'sché', providerInfo: pattern(0), ciphertext: pattern(1) },
]

function headerOf(suite: Suite, changes: Partial<MessageHeader> = {}): MessageHeader {
  return {
    suite,
    messageId: pattern(suite.messageIdBytes),
    context: { tenant: 't-17' },
    encryptedDataKeys: KEYS,
    contentType: 'framed',
    frameLength: 4096,
    commitment: pattern(suite.commitmentBytes),
    ...changes,
  }
}

function written(header: MessageHeader): Buffer {
  const writer = new ByteWriter()
  writeHeaderBody(writer, header)
  writeAuthentication(writer, header.suite, pattern(16))
  return Buffer.from(writer.written)
}

/** Two bytes of length, then the bytes. */
function prefixed(bytes: Uint8Array | string): string {
  const buffer = Buffer.from(bytes as Uint8Array)
  return buffer.length.toString(16).padStart(4, '0') + buffer.toString('hex')
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const context = `0001${prefixed('tenant')}${prefixed('t-17')}`
const dataKeys = `0002${prefixed('aws-kms')}${prefixed(pattern(5))}${prefixed(pattern(9))}${prefixed('sché')}${prefixed('')}${prefixed(pattern(1))}`

const refuses = (message: Uint8Array, why: RegExp, code = 'MALFORMED_MESSAGE', limits: Limits = DEFAULT_LIMITS): void =>
  assert.throws(
    () => parseHeader(message, limits),
    (error) => error instanceof EnvelopeError && error.code === code && why.test(error.message),
  )

test('version 2 has these bytes', () => {
  const expected = `020478${hex(pattern(32))}${prefixed(Buffer.from(context, 'hex'))}${dataKeys}0200001000${hex(pattern(32))}`
  assert.equal(hex(written(headerOf(COMMITTED))), expected + hex(pattern(16)))
})

test('version 1 has a type, a reserved field, the length of its IVs, and the IV of its tag', () => {
  const expected = `01800178${hex(pattern(16))}${prefixed(Buffer.from(context, 'hex'))}${dataKeys}02000000000c00001000`
  assert.equal(hex(written(headerOf(UNCOMMITTED))), expected + '00'.repeat(12) + hex(pattern(16)))
})

describe('what is written is read', () => {
  for (const suite of SUITES) {
    test(suite.name, () => {
      const message = written(headerOf(suite))
      const read = parseHeader(Uint8Array.from(Buffer.concat([message, pattern(40)])), DEFAULT_LIMITS)
      const { context: readContext, ...header } = read.header
      const { context: writtenContext, ...expected } = headerOf(suite)
      assert.deepEqual({ ...readContext }, writtenContext)
      assert.deepEqual(header, expected)
      assert.deepEqual(read.iv, HEADER_IV)
      assert.deepEqual(hex(read.tag), hex(pattern(16)))
      assert.equal(hex(read.serialized), hex(message))
      const ivBytes = suite.messageVersion === 1 ? 12 : 0
      assert.equal(hex(read.body), hex(message.subarray(0, message.length - 16 - ivBytes)))
    })
  }
})

test('a header that goes on behind the bytes is incomplete at every length, and says that it needs more', () => {
  for (const suite of [COMMITTED, UNCOMMITTED]) {
    const message = written(headerOf(suite))
    for (let length = 0; length < message.length; length++) {
      assert.throws(
        () => parseHeader(message.subarray(0, length), DEFAULT_LIMITS),
        (error) => error instanceof Incomplete && error.needs > length && error.needs <= message.length,
      )
    }
  }
})

/** The place of a field in the messages of this test, from the end. */
const V1_END = 12 + 16
const V2_END = 32 + 16

describe('a header is refused', () => {
  const changed = (suite: Suite, at: number, bytes: readonly number[]): Buffer => {
    const message = written(headerOf(suite))
    message.set(bytes, at < 0 ? message.length + at : at)
    return message
  }
  const rows: readonly [string, Buffer, RegExp][] = [
    ['of another version', changed(COMMITTED, 0, [3]), /the byte 3/],
    ['in base64', Buffer.from(written(headerOf(COMMITTED)).toString('base64')), /base64/],
    ['of version 1 in base64', Buffer.from(written(headerOf(UNCOMMITTED)).toString('base64')), /base64/],
    ['of another type', changed(UNCOMMITTED, 1, [0x81]), /its type is 129/],
    [
      'of version 2 with a suite of version 1',
      changed(COMMITTED, 1, [0x01, 0x78]),
      /does not go with message version 2/,
    ],
    ['with a content type that does not exist', changed(COMMITTED, -V2_END - 5, [3]), /content type is 3/],
    ['with frames of no length', changed(COMMITTED, -V2_END - 4, [0, 0, 0, 0]), /frames have no length/],
    ['of one block with frames of some length', changed(COMMITTED, -V2_END - 5, [1]), /has no frames/],
    ['with a reserved field that is not zero', changed(UNCOMMITTED, -V1_END - 9, [0, 0, 0, 1]), /reserved/],
    ['with IVs of another length', changed(UNCOMMITTED, -V1_END - 5, [16]), /IVs have 16 bytes/],
  ]
  for (const [what, message, why] of rows) test(what, () => refuses(message, why))

  test('of a suite that does not exist', () =>
    refuses(changed(COMMITTED, 1, [0x04, 0x79]), /suite 0x0479/, 'UNSUPPORTED_MESSAGE'))

  test('without an encrypted data key', () => {
    const message = written(headerOf(COMMITTED))
    const count = message.indexOf(Buffer.from(dataKeys, 'hex'))
    message[count + 1] = 0
    refuses(message, /no encrypted data key/)
  })

  test('with a provider that is not UTF-8', () => {
    const message = written(headerOf(COMMITTED))
    message[message.indexOf('aws-kms')] = 0xff
    refuses(message, /not UTF-8/)
  })
})

test('limits hold up to the number itself', () => {
  const message = written(headerOf(COMMITTED))
  const limits = { ...DEFAULT_LIMITS, maxEncryptedDataKeys: 2, maxFrameLength: 4096 }
  parseHeader(message, limits)
  refuses(message, /2 encrypted data keys/, 'LIMIT_EXCEEDED', { ...limits, maxEncryptedDataKeys: 1 })
  refuses(message, /frames of 4096 bytes/, 'LIMIT_EXCEEDED', { ...limits, maxFrameLength: 4095 })
})
