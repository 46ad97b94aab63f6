import { EnvelopeError } from '../error.ts'
import { readUint16, readUint32 } from './bytes.ts'
import type { ByteWriter } from './bytes.ts'
import { parseContext, serializeContext } from './context.ts'
import type { EncryptionContext } from './context.ts'
import { writeEncryptedDataKeys } from './encrypted-data-keys.ts'
import type { EncryptedDataKey } from './encrypted-data-keys.ts'
import type { Limits } from './limits.ts'
import { suiteOf } from './suites.ts'
import type { Suite } from './suites.ts'

/** What a message says about itself before its body. Specification, "Message header", versions 1.0 and 2.0. */
export interface MessageHeader {
  readonly suite: Suite
  /** Random, unique to the message. */
  readonly messageId: Uint8Array
  /** The pairs that stand in the header. A message may be bound to others, which its reader knows. */
  readonly context: EncryptionContext
  readonly encryptedDataKeys: readonly EncryptedDataKey[]
  /** An unframed body is one block. Only clients before frames wrote such bodies. */
  readonly contentType: ContentType
  /** Bytes of plaintext in every frame but the final one, which has as many or fewer; 0 for an unframed body. */
  readonly frameLength: number
  /** Says which data key this is, so that no message opens under two. Empty in version 1. */
  readonly commitment: Uint8Array
}

export type ContentType = 'framed' | 'unframed'

const FRAMED = 2
const UNFRAMED = 1

/** The one type of message that version 1 knows: customer authenticated encrypted data. */
const TYPE = 0x80
const NO_COMMITMENT = new Uint8Array(0)

/** How messages of version 1 and 2 begin in base64. */
const BASE64_BEGINNINGS: readonly string[] = ['AY', 'Ag']

/** Writes the header without its authentication tag: what the tag is computed over. Bodies are written in frames. */
export function writeHeaderBody(writer: ByteWriter, header: Omit<MessageHeader, 'contentType'>): void {
  const { suite } = header
  const context = serializeContext(header.context)
  writer.uint8(suite.messageVersion)
  if (suite.messageVersion === 1) writer.uint8(TYPE)
  writer.uint16(suite.id)
  writer.bytes(header.messageId)
  writer.uint16(context.length)
  writer.bytes(context)
  writeEncryptedDataKeys(writer, header.encryptedDataKeys)
  writer.uint8(FRAMED)
  if (suite.messageVersion === 1) {
    writer.uint32(0) // reserved
    writer.uint8(suite.ivBytes)
  }
  writer.uint32(header.frameLength)
  writer.bytes(header.commitment)
}

/** Writes what follows the header's body: its tag, and in version 1 the IV of the tag before it. */
export function writeAuthentication(
  writer: ByteWriter,
  { messageVersion }: Suite,
  iv: Uint8Array,
  tag: Uint8Array,
): void {
  if (messageVersion === 1) writer.bytes(iv)
  writer.bytes(tag)
}

/** How many bytes {@link writeAuthentication} writes. */
export function authenticationBytes({ messageVersion, ivBytes, tagBytes }: Suite): number {
  return messageVersion === 1 ? ivBytes + tagBytes : tagBytes
}

/** A parser that is fed: it yields how many bytes it needs next and is resumed with exactly as many. */
export type Parser<T> = Generator<number, T, Uint8Array>

/**
 * Parses a header up to its authentication tag. Nothing in the result is authenticated yet. The bytes it is fed are
 * copied where they are kept.
 */
export function* parseHeader(limits: Limits): Parser<MessageHeader> {
  const suite = yield* parseSuite()
  const messageId = (yield suite.messageIdBytes).slice()
  const context = parseContext(yield readUint16(yield 2))
  const encryptedDataKeys = yield* parseEncryptedDataKeys(limits)
  const contentType = contentTypeOf((yield 1)[0]!)
  if (suite.messageVersion === 1) yield* skipVersion1Fields(suite)
  const frameLength = checkedFrameLength(readUint32(yield 4), contentType, limits)
  const commitment = suite.commitmentBytes === 0 ? NO_COMMITMENT : (yield suite.commitmentBytes).slice()
  return Object.freeze({ suite, messageId, context, encryptedDataKeys, contentType, frameLength, commitment })
}

function* parseSuite(): Parser<Suite> {
  const version = (yield 1)[0]!
  if (yield* looksLikeBase64(version)) throw malformed('it looks like one in base64, which must be decoded first')
  if (version !== 1 && version !== 2) throw malformed(`it begins with the byte ${version}, not with a message version`)
  if (version === 1) requireType((yield 1)[0]!)
  const id = readUint16(yield 2)
  const suite = suiteOf(id)
  const name = `algorithm suite 0x${id.toString(16).padStart(4, '0')}`
  if (suite === undefined) throw unsupported(name)
  if (suite.messageVersion !== version) throw malformed(`${name} does not go with message version ${version}`)
  return suite
}

function requireType(type: number): void {
  if (type !== TYPE) throw malformed(`its type is ${type}`)
}

/** Four bytes that are zero, and the length of the IV, which the suite has told already. */
function* skipVersion1Fields({ ivBytes }: Suite): Parser<void> {
  if (readUint32(yield 4) !== 0) throw malformed('its reserved field is not zero')
  const found = (yield 1)[0]!
  if (found !== ivBytes) throw malformed(`its IVs have ${found} bytes, and those of its suite ${ivBytes}`)
}

function* looksLikeBase64(first: number): Parser<boolean> {
  const couldBe = BASE64_BEGINNINGS.some((beginning) => beginning.charCodeAt(0) === first)
  return couldBe && BASE64_BEGINNINGS.includes(String.fromCharCode(first, (yield 1)[0]!))
}

function* parseEncryptedDataKeys({ maxEncryptedDataKeys }: Limits): Parser<readonly EncryptedDataKey[]> {
  const count = readUint16(yield 2)
  if (count === 0) throw malformed('it has no encrypted data key')
  if (count > maxEncryptedDataKeys) {
    const message = `The message has ${count} encrypted data keys, and this reader allows ${maxEncryptedDataKeys}.`
    throw new EnvelopeError('LIMIT_EXCEEDED', message)
  }
  const keys: EncryptedDataKey[] = []
  for (let index = 0; index < count; index++) {
    const providerId = decodeProviderId(yield readUint16(yield 2))
    const providerInfo = (yield readUint16(yield 2)).slice()
    const ciphertext = (yield readUint16(yield 2)).slice()
    keys.push(Object.freeze({ providerId, providerInfo, ciphertext }))
  }
  return Object.freeze(keys)
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function decodeProviderId(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes)
  } catch (error) {
    throw malformed('a key provider is not UTF-8', error)
  }
}

function contentTypeOf(byte: number): ContentType {
  if (byte === FRAMED) return 'framed'
  if (byte === UNFRAMED) return 'unframed'
  throw malformed(`its content type is ${byte}`)
}

function checkedFrameLength(frameLength: number, contentType: ContentType, { maxFrameLength }: Limits): number {
  if ((frameLength === 0) !== (contentType === 'unframed')) {
    throw malformed(contentType === 'framed' ? 'its frames have no length' : 'it has no frames, yet says their length')
  }
  if (frameLength <= maxFrameLength) return frameLength
  const message = `The message has frames of ${frameLength} bytes, and this reader allows ${maxFrameLength}.`
  throw new EnvelopeError('LIMIT_EXCEEDED', message)
}

function malformed(why: string, cause?: unknown): EnvelopeError {
  return new EnvelopeError('MALFORMED_MESSAGE', `This is not an encrypted message, or it is damaged: ${why}.`, {
    cause,
  })
}

function unsupported(what: string): EnvelopeError {
  return new EnvelopeError('UNSUPPORTED_MESSAGE', `This version of Keyhold cannot read ${what}.`)
}
