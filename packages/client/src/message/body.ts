import { EnvelopeError } from '../error.ts'
import { concat, readUint32, uint32, writeUint32 } from './bytes.ts'
import { MAX_FRAMES } from './limits.ts'
import type { MessageHeader } from './header.ts'

/** One frame of a body, sealed on its own. Specification, "Message body", framed data. */
export interface Frame {
  /** 1 for the first, then counted up. */
  readonly sequence: number
  readonly isFinal: boolean
  /** Ciphertext or plaintext: GCM keeps the length. */
  readonly content: Uint8Array
}

/** A frame as it stands in a message. */
export interface SealedFrame extends Frame {
  readonly tag: Uint8Array
}

/** Stands where a regular frame has its sequence number. */
const FINAL_MARK = 0xffffffff

const encoder = new TextEncoder()
const REGULAR_TEXT = encoder.encode('AWSKMSEncryptionClient Frame')
const FINAL_TEXT = encoder.encode('AWSKMSEncryptionClient Final Frame')

/** The IV of a frame is its sequence number; the header's is 0. So no IV occurs twice under a message's key. */
export function frameIv(ivBytes: number, sequence: number): Uint8Array {
  const iv = new Uint8Array(ivBytes)
  writeUint32(iv, ivBytes - 4, sequence)
  return iv
}

/** Binds a frame to its message, its place, its kind and its length. Specification, "Message body AAD". */
export function frameAad(messageId: Uint8Array, { sequence, isFinal, content }: Frame): Uint8Array {
  const length = new Uint8Array(8)
  writeUint32(length, 4, content.length)
  return concat([messageId, isFinal ? FINAL_TEXT : REGULAR_TEXT, uint32(sequence), length])
}

/** What stands before a frame's content. */
export function serializeFrameHead(ivBytes: number, { sequence, isFinal, content }: Frame): Uint8Array {
  if (sequence > MAX_FRAMES) throw new EnvelopeError('LIMIT_EXCEEDED', `A message has at most ${MAX_FRAMES} frames.`)
  const head = [uint32(sequence), frameIv(ivBytes, sequence)]
  return concat(isFinal ? [uint32(FINAL_MARK), ...head, uint32(content.length)] : head)
}

/** The longest that one frame of such a message can be, in bytes. */
export function longestFrame({ suite, frameLength }: MessageHeader): number {
  return 4 + 4 + suite.ivBytes + 4 + frameLength + suite.tagBytes
}

/**
 * The frame that begins at `offset`, whose sequence number must be `sequence`. Its parts are views of `bytes`.
 *
 * @returns the frame and where it ends, or how many bytes it needs when there are fewer; of those, more may be needed.
 */
export function parseFrame(
  bytes: Uint8Array,
  offset: number,
  { suite, frameLength }: MessageHeader,
  sequence: number,
): { frame: SealedFrame; end: number } | { needs: number } {
  const available = bytes.length - offset
  if (available < 4) return { needs: 4 }
  const isFinal = readUint32(bytes, offset) === FINAL_MARK
  const headBytes = isFinal ? 4 + 4 + suite.ivBytes + 4 : 4 + suite.ivBytes
  if (available < headBytes) return { needs: headBytes }
  const start = offset + headBytes
  requireSequence(bytes, isFinal ? offset + 4 : offset, suite.ivBytes, sequence)
  const length = isFinal ? finalLength(readUint32(bytes, start - 4), frameLength) : frameLength
  if (available < headBytes + length + suite.tagBytes) return { needs: headBytes + length + suite.tagBytes }
  const content = bytes.subarray(start, start + length)
  const end = start + length + suite.tagBytes
  return { frame: { sequence, isFinal, content, tag: bytes.subarray(start + length, end) }, end }
}

/** The number must be the next one, and the IV must be made of it: it is what the specification decrypts with. */
function requireSequence(bytes: Uint8Array, offset: number, ivBytes: number, sequence: number): void {
  const found = readUint32(bytes, offset)
  if (found !== sequence) throw damaged(`where frame ${sequence} belongs stands frame ${found}`)
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

function damaged(why: string): EnvelopeError {
  return new EnvelopeError('MALFORMED_MESSAGE', `The body of the message is damaged: ${why}.`)
}
