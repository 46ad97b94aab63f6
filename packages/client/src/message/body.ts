import type { OpenRequest, SealRequest } from './crypto.ts'
import { EnvelopeError } from '../base/error.ts'
import { readUint32, scratchBytes, writeUint32 } from '../base/bytes.ts'
import { MAX_FRAMES } from './limits.ts'
import type { MessageHeader } from './header.ts'
import type { Suite } from './suites.ts'

/** A frame's kind: all but the last are regular, and an unframed body is a single block. */
export type FrameKind = 'regular' | 'final' | 'single'

/** One frame of a body, sealed on its own. Specification, "Message body". */
export interface Frame {
  /** 1 for the first, then counted up. */
  readonly sequence: number
  readonly kind: FrameKind
  /** Ciphertext or plaintext: GCM keeps the length. */
  readonly content: Uint8Array
}

/** A frame as a message has it. */
export interface SealedFrame extends Frame {
  readonly iv: Uint8Array
  readonly tag: Uint8Array
}

/** Marks the final frame, in the place of a sequence number. */
const FINAL_MARK = 0xffffffff

const encoder = new TextEncoder()
const TEXTS: Readonly<Record<FrameKind, Uint8Array>> = Object.freeze({
  regular: encoder.encode('AWSKMSEncryptionClient Frame'),
  final: encoder.encode('AWSKMSEncryptionClient Final Frame'),
  single: encoder.encode('AWSKMSEncryptionClient Single Block'),
})

/**
 * Bytes before a frame's content: its number and its IV; of the final one also a mark and its length. What is not framed
 * has its IV and its length, in eight bytes.
 */
export function frameHeadBytes(kind: FrameKind, { ivBytes }: Suite): number {
  if (kind === 'single') return ivBytes + 8
  return kind === 'final' ? 4 + 4 + ivBytes + 4 : 4 + ivBytes
}

/** A frame made ready for the cipher, with what precedes its content in the message. */
export interface FrameToSeal extends SealRequest {
  readonly head: Uint8Array
}

/**
 * Of a regular or a final frame. Its IV is its sequence number, and the header's is 0: so no IV occurs twice under a
 * message's key.
 */
export function frameToSeal({ suite, messageId }: FrameOwner, frame: Frame): FrameToSeal {
  const { sequence, kind, content } = frame
  if (sequence > MAX_FRAMES) throw new EnvelopeError('LIMIT_EXCEEDED', `A message has at most ${MAX_FRAMES} frames.`)
  const headBytes = frameHeadBytes(kind, suite)
  const head = new Uint8Array(headBytes)
  const iv = scratchBytes(suite.ivBytes)
  const start = kind === 'final' ? 4 : 0
  if (kind === 'final') {
    writeUint32(head, 0, FINAL_MARK)
    writeUint32(head, headBytes - 4, content.length)
  }
  writeUint32(head, start, sequence)
  writeUint32(iv, suite.ivBytes - 4, sequence)
  head.set(iv, start + 4)
  return { head, iv, aad: aadOf(messageId, frame), plaintext: content }
}

/** A sealed frame made ready for the cipher. */
export function frameToOpen({ messageId }: FrameOwner, frame: SealedFrame): OpenRequest {
  return { iv: frame.iv, aad: aadOf(messageId, frame), ciphertext: frame.content, tag: frame.tag }
}

/** What of its message a frame is bound to. */
type FrameOwner = Pick<MessageHeader, 'suite' | 'messageId'>

/** Binds a frame to its message, its place, its kind and its length. Specification, "Message body AAD". */
function aadOf(messageId: Uint8Array, { sequence, kind, content }: Frame): Uint8Array {
  const aad = scratchBytes(messageId.length + TEXTS[kind].length + 4 + 8)
  aad.set(messageId)
  aad.set(TEXTS[kind], messageId.length)
  writeUint32(aad, aad.length - 12, sequence)
  writeUint32(aad, aad.length - 4, content.length) // of eight bytes: no frame is as long as 2^32
  return aad
}

/** A frame and where it ends; or how many bytes it needs when there are fewer, of which more may be needed. */
type ParsedFrame = { frame: SealedFrame; end: number } | { needs: number }

/**
 * The frame that begins at `offset`, whose sequence number must be `sequence`. Its parts are views of `bytes`; its IV is
 * for `FrameIvs` to check. An unframed body counts as one frame of at most `maxLength` bytes.
 */
export function parseFrame(
  bytes: Uint8Array,
  offset: number,
  header: MessageHeader,
  sequence: number,
  maxLength: number,
): ParsedFrame {
  if (header.contentType === 'unframed') return parseSingleBlock(bytes, offset, header.suite, maxLength)
  const { suite, frameLength } = header
  const available = bytes.length - offset
  if (available < 4) return { needs: 4 }
  const kind = readUint32(bytes, offset) === FINAL_MARK ? 'final' : 'regular'
  const isFinal = kind === 'final'
  const headBytes = frameHeadBytes(kind, suite)
  if (available < headBytes) return { needs: headBytes }
  const start = offset + headBytes
  requireSequence(readUint32(bytes, isFinal ? offset + 4 : offset), sequence)
  const length = isFinal ? finalLength(readUint32(bytes, start - 4), frameLength) : frameLength
  if (available < headBytes + length + suite.tagBytes) return { needs: headBytes + length + suite.tagBytes }
  const ivStart = isFinal ? offset + 8 : offset + 4
  const iv = bytes.subarray(ivStart, ivStart + suite.ivBytes)
  const end = start + length
  const tagEnd = end + suite.tagBytes
  const content = bytes.subarray(start, end)
  return { frame: { sequence, kind, iv, content, tag: bytes.subarray(end, tagEnd) }, end: tagEnd }
}

function requireSequence(found: number, sequence: number): void {
  if (found !== sequence) throw damaged(`frame ${found} is in the place of frame ${sequence}`)
}

function finalLength(length: number, frameLength: number): number {
  if (length > frameLength) throw damaged(`its final frame says ${length} bytes, more than a frame's ${frameLength}`)
  return length
}

/** An unframed body: IV, length in eight bytes, content, tag. */
function parseSingleBlock(bytes: Uint8Array, offset: number, suite: Suite, maxLength: number): ParsedFrame {
  const headBytes = frameHeadBytes('single', suite)
  const available = bytes.length - offset
  if (available < headBytes) return { needs: headBytes }
  const start = offset + headBytes
  const length = readUint32(bytes, start - 8) * 2 ** 32 + readUint32(bytes, start - 4)
  if (length > maxLength) throw tooLong(length, maxLength)
  const end = start + length
  if (available < headBytes + length + suite.tagBytes) return { needs: headBytes + length + suite.tagBytes }
  const iv = bytes.subarray(offset, offset + suite.ivBytes)
  const content = bytes.subarray(start, end)
  const tag = bytes.subarray(end, end + suite.tagBytes)
  return { frame: { sequence: 1, kind: 'single', iv, content, tag }, end: end + suite.tagBytes }
}

function tooLong(length: number, maxLength: number): EnvelopeError {
  const message = `The message is one block of ${length} bytes, and this reader holds ${maxLength} in memory.`
  return new EnvelopeError('LIMIT_EXCEEDED', message)
}

function damaged(why: string): EnvelopeError {
  return new EnvelopeError('MALFORMED_MESSAGE', `The body of the message is damaged: ${why}.`)
}
