import { EnvelopeError } from '../error.ts'
import { readUint32, writeUint32 } from './bytes.ts'
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

/** A frame as it stands in a message. */
export interface SealedFrame extends Frame {
  readonly iv: Uint8Array
  readonly tag: Uint8Array
}

/** Stands where a regular frame has its sequence number. */
const FINAL_MARK = 0xffffffff

const encoder = new TextEncoder()
const TEXTS: Readonly<Record<FrameKind, Uint8Array>> = Object.freeze({
  regular: encoder.encode('AWSKMSEncryptionClient Frame'),
  final: encoder.encode('AWSKMSEncryptionClient Final Frame'),
  single: encoder.encode('AWSKMSEncryptionClient Single Block'),
})

/** The IV of a frame is its sequence number; the header's is 0. So no IV occurs twice under a message's key. */
export function frameIv(ivBytes: number, sequence: number): Uint8Array {
  const iv = new Uint8Array(ivBytes)
  writeUint32(iv, ivBytes - 4, sequence)
  return iv
}

/** Binds a frame to its message, its place, its kind and its length. Specification, "Message body AAD". */
export function frameAad(messageId: Uint8Array, { sequence, kind, content }: Frame): Uint8Array {
  const text = TEXTS[kind]
  const aad = new Uint8Array(messageId.length + text.length + 12)
  aad.set(messageId)
  aad.set(text, messageId.length)
  writeUint32(aad, aad.length - 12, sequence)
  writeUint32(aad, aad.length - 4, content.length) // of eight bytes: no frame is as long as 2^32
  return aad
}

/** What stands before a frame's content. */
export function serializeFrameHead(ivBytes: number, { sequence, kind, content }: Frame): Uint8Array {
  if (sequence > MAX_FRAMES) throw new EnvelopeError('LIMIT_EXCEEDED', `A message has at most ${MAX_FRAMES} frames.`)
  const headBytes = kind === 'final' ? 4 + 4 + ivBytes + 4 : 4 + ivBytes
  const head = new Uint8Array(headBytes)
  if (kind === 'final') {
    writeUint32(head, 0, FINAL_MARK)
    writeUint32(head, headBytes - 4, content.length)
  }
  const start = kind === 'final' ? 4 : 0
  writeUint32(head, start, sequence)
  writeUint32(head, start + ivBytes, sequence) // the last four bytes of the IV
  return head
}

/** A frame and where it ends; or how many bytes it needs when there are fewer, of which more may be needed. */
type ParsedFrame = { frame: SealedFrame; end: number } | { needs: number }

/**
 * The frame that begins at `offset`, whose sequence number must be `sequence`. Its parts are views of `bytes`. An
 * unframed body counts as one frame of at most `maxLength` bytes.
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
  const isFinal = readUint32(bytes, offset) === FINAL_MARK
  const headBytes = isFinal ? 4 + 4 + suite.ivBytes + 4 : 4 + suite.ivBytes
  if (available < headBytes) return { needs: headBytes }
  const start = offset + headBytes
  requireSequence(bytes, isFinal ? offset + 4 : offset, suite, sequence)
  const length = isFinal ? finalLength(readUint32(bytes, start - 4), frameLength) : frameLength
  if (available < headBytes + length + suite.tagBytes) return { needs: headBytes + length + suite.tagBytes }
  const ivStart = isFinal ? offset + 8 : offset + 4
  const iv = bytes.subarray(ivStart, ivStart + suite.ivBytes)
  const end = start + length
  const frame = { sequence, kind: isFinal ? 'final' : 'regular', iv, content: bytes.subarray(start, end) } as const
  return { frame: { ...frame, tag: bytes.subarray(end, end + suite.tagBytes) }, end: end + suite.tagBytes }
}

/**
 * The number must be the next one. In version 2 the IV must be made of it: it is what the specification decrypts with.
 * Early clients of version 1 drew it by chance; the tag holds it to be the writer's.
 */
function requireSequence(
  bytes: Uint8Array,
  offset: number,
  { messageVersion, ivBytes }: Suite,
  sequence: number,
): void {
  const found = readUint32(bytes, offset)
  if (found !== sequence) throw damaged(`where frame ${sequence} belongs stands frame ${found}`)
  if (messageVersion === 1) return
  const ivEnd = offset + 4 + ivBytes
  const padding = bytes.subarray(offset + 4, ivEnd - 4)
  if (readUint32(bytes, ivEnd - 4) !== sequence || padding.some((byte) => byte !== 0)) {
    throw damaged(`the IV of frame ${sequence} is not its number`)
  }
}

function finalLength(length: number, frameLength: number): number {
  if (length > frameLength) throw damaged(`its final frame says ${length} bytes, more than a frame's ${frameLength}`)
  return length
}

/** An unframed body: IV, length in eight bytes, content, tag. */
function parseSingleBlock(bytes: Uint8Array, offset: number, suite: Suite, maxLength: number): ParsedFrame {
  const headBytes = suite.ivBytes + 8
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
