/** Frames, field by field. Specification, "Message body" and "Message body AAD". */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Frame, frameToOpen, frameToSeal, parseFrame, type SealedFrame } from '../../src/message/body.ts'
import type { MessageHeader } from '../../src/message/header.ts'
import { MAX_FRAMES } from '../../src/message/limits.ts'
import { COMMITTED, UNCOMMITTED } from '../../src/message/suites.ts'
import { pattern } from '../support/messages.ts'

const FRAME = 8
const HEADER = { suite: COMMITTED, messageId: pattern(32), contentType: 'framed', frameLength: FRAME } as MessageHeader
const UNFRAMED = { ...HEADER, suite: UNCOMMITTED, contentType: 'unframed', frameLength: 0 } as MessageHeader
const TAG = pattern(16)
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const uint32 = (value: number): string => value.toString(16).padStart(8, '0')

function message({ sequence, kind, content }: Frame): Buffer {
  const { head } = frameToSeal(HEADER, { sequence, kind, content })
  return Buffer.concat([head, content, TAG])
}

function parsed(bytes: Uint8Array, sequence: number, header = HEADER, offset = 0): { frame: SealedFrame; end: number } {
  const result = parseFrame(bytes, offset, header, sequence, 1000)
  assert.ok('frame' in result)
  return result
}

describe('a frame to seal', () => {
  const content = pattern(FRAME)
  const iv = `${'00'.repeat(8)}${uint32(7)}`

  test('of the regular kind has its number and its IV before its content', () => {
    const request = frameToSeal(HEADER, { sequence: 7, kind: 'regular', content })
    assert.equal(hex(request.head), uint32(7) + iv)
    assert.equal(hex(request.iv), iv)
    assert.equal(request.plaintext, content)
    const label = hex(Buffer.from('AWSKMSEncryptionClient Frame'))
    assert.equal(hex(request.aad), hex(HEADER.messageId) + label + uint32(7) + uint32(0) + uint32(FRAME))
  })

  test('of the final kind has a mark before, and its length after', () => {
    const request = frameToSeal(HEADER, { sequence: 7, kind: 'final', content: content.subarray(0, 3) })
    assert.equal(hex(request.head), `ffffffff${uint32(7)}${iv}${uint32(3)}`)
    const label = hex(Buffer.from('AWSKMSEncryptionClient Final Frame'))
    assert.equal(hex(request.aad), hex(HEADER.messageId) + label + uint32(7) + uint32(0) + uint32(3))
  })

  test('is none beyond the last number', () => {
    frameToSeal(HEADER, { sequence: MAX_FRAMES, kind: 'final', content })
    const beyond: Frame = { sequence: MAX_FRAMES + 1, kind: 'final', content }
    assert.throws(() => frameToSeal(HEADER, beyond), { code: 'LIMIT_EXCEEDED' })
  })
})

describe('a frame is read', () => {
  for (const kind of ['regular', 'final'] as const) {
    test(`of the ${kind} kind, wherever it begins, and bound to what it was sealed for`, () => {
      const content = pattern(kind === 'final' ? 5 : FRAME)
      const bytes = message({ sequence: 3, kind, content })
      const { frame, end } = parsed(Buffer.concat([pattern(4), bytes, pattern(9)]), 3, HEADER, 4)
      assert.equal(end, 4 + bytes.length)
      assert.deepEqual(
        [frame.kind, frame.sequence, hex(frame.content), hex(frame.tag)],
        [kind, 3, hex(content), hex(TAG)],
      )
      const sealed = frameToSeal(HEADER, { sequence: 3, kind, content })
      const opened = frameToOpen(HEADER, frame)
      assert.equal(hex(opened.iv), hex(sealed.iv))
      assert.equal(hex(opened.aad), hex(sealed.aad))
    })

    test(`of the ${kind} kind only when all of it is there`, () => {
      const bytes = message({ sequence: 1, kind, content: pattern(FRAME) })
      for (let length = 0; length < bytes.length; length++) {
        const result = parseFrame(bytes.subarray(0, length), 0, HEADER, 1, 1000)
        assert.ok('needs' in result && result.needs > length && result.needs <= bytes.length, String(length))
      }
    })
  }

  test('as one block, with its length in eight bytes', () => {
    const content = pattern(11)
    const length = Buffer.alloc(8)
    length.writeUInt32BE(11, 4)
    const bytes = Buffer.concat([pattern(12), length, content, TAG])
    const { frame, end } = parsed(bytes, 1, UNFRAMED)
    assert.deepEqual(
      [frame.kind, hex(frame.iv), hex(frame.content), end],
      ['single', hex(pattern(12)), hex(content), bytes.length],
    )
    const label = hex(Buffer.from('AWSKMSEncryptionClient Single Block'))
    const { aad } = frameToOpen(UNFRAMED, frame)
    assert.equal(hex(aad), hex(UNFRAMED.messageId) + label + uint32(1) + uint32(0) + uint32(11))
    const most = (limit: number): unknown => parseFrame(bytes, 0, UNFRAMED, 1, limit)
    most(11)
    assert.throws(() => most(10), { code: 'LIMIT_EXCEEDED' })
    length.writeUInt32BE(1, 0)
    const huge = Buffer.concat([pattern(12), length, content, TAG])
    assert.throws(() => parseFrame(huge, 0, UNFRAMED, 1, 1000), { code: 'LIMIT_EXCEEDED', message: /4294967307 bytes/ })
  })
})

describe('a frame is refused', () => {
  test('in the place of another', () => {
    for (const kind of ['regular', 'final'] as const) {
      const bytes = message({ sequence: 2, kind, content: pattern(FRAME) })
      assert.throws(() => parsed(bytes, 1), {
        code: 'MALFORMED_MESSAGE',
        message: /frame 2 is in the place of frame 1/,
      })
    }
  })

  test('if it is the last and says more than a frame may have', () => {
    const longest = message({ sequence: 1, kind: 'final', content: pattern(FRAME) })
    assert.equal(parsed(longest, 1).frame.content.length, FRAME)
    const bytes = message({ sequence: 1, kind: 'final', content: pattern(FRAME + 1) })
    assert.throws(() => parsed(bytes, 1), { code: 'MALFORMED_MESSAGE', message: /final frame says 9 bytes/ })
  })
})
