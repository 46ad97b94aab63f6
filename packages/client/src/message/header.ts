import { EnvelopeError } from '../base/error.ts'
import { ByteReader } from '../base/bytes.ts'
import type { ByteWriter } from '../base/bytes.ts'
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

/** The IV of the header's tag: 0, which no frame has, in the 12 bytes of every suite. */
export const HEADER_IV: Uint8Array = new Uint8Array(12)

/** Messages of version 1 and 2 begin with AY and Ag in base64. */
const BASE64_BEGINNING = 'A'.charCodeAt(0)
const BASE64_SECONDS: ReadonlySet<number> = new Set(['Y', 'g'].map((letter) => letter.charCodeAt(0)))

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
export function writeAuthentication(writer: ByteWriter, { messageVersion }: Suite, tag: Uint8Array): void {
  if (messageVersion === 1) writer.bytes(HEADER_IV)
  writer.bytes(tag)
}

/** A header as it was read. Nothing in it is authenticated until its tag has been checked. */
export interface ReadHeader {
  readonly header: MessageHeader
  /** The serialized header without its tag, as it was read. */
  readonly body: Uint8Array
  /** Of the tag. All zeros but in messages of version 1 by early clients. */
  readonly iv: Uint8Array
  readonly tag: Uint8Array
  /** All of it, as it was read. */
  readonly serialized: Uint8Array
}

/**
 * Parses the header at the beginning of `bytes`, of which all that is returned are views.
 *
 * @throws Incomplete when the header goes on behind the bytes, and EnvelopeError as soon as they cannot begin one.
 */
export function parseHeader(bytes: Uint8Array, limits: Limits): ReadHeader {
  const reader = new ByteReader(bytes)
  const suite = parseSuite(reader)
  const { messageVersion, ivBytes, tagBytes } = suite
  const messageId = reader.bytes(suite.messageIdBytes)
  const context = parseContext(reader.bytes(reader.uint16()))
  const encryptedDataKeys = parseEncryptedDataKeys(reader, limits)
  const contentType = contentTypeOf(reader.uint8())
  if (messageVersion === 1) skipVersion1Fields(reader, suite)
  const frameLength = checkedFrameLength(reader.uint32(), contentType, limits)
  const commitment = reader.bytes(suite.commitmentBytes)
  const body = bytes.subarray(0, reader.end)
  const iv = messageVersion === 1 ? reader.bytes(ivBytes) : HEADER_IV
  const tag = reader.bytes(tagBytes)
  const header = { suite, messageId, context, encryptedDataKeys, contentType, frameLength, commitment }
  return { header: Object.freeze(header), body, iv, tag, serialized: bytes.subarray(0, reader.end) }
}

function parseSuite(reader: ByteReader): Suite {
  const version = reader.uint8()
  if (version === BASE64_BEGINNING && BASE64_SECONDS.has(reader.uint8())) {
    throw malformed('it looks like one in base64, which must be decoded first')
  }
  if (version !== 1 && version !== 2) throw malformed(`it begins with the byte ${version}, not with a message version`)
  if (version === 1) requireType(reader.uint8())
  const id = reader.uint16()
  const suite = suiteOf(id)
  if (suite?.messageVersion === version) return suite
  const name = `algorithm suite 0x${id.toString(16).padStart(4, '0')}`
  if (suite === undefined) throw unsupported(name)
  throw malformed(`${name} does not go with message version ${version}`)
}

function requireType(type: number): void {
  if (type !== TYPE) throw malformed(`its type is ${type}`)
}

/** Four bytes that are zero, and the length of the IV, which the suite has told already. */
function skipVersion1Fields(reader: ByteReader, { ivBytes }: Suite): void {
  if (reader.uint32() !== 0) throw malformed('its reserved field is not zero')
  const found = reader.uint8()
  if (found !== ivBytes) throw malformed(`its IVs have ${found} bytes, and those of its suite ${ivBytes}`)
}

function parseEncryptedDataKeys(reader: ByteReader, { maxEncryptedDataKeys }: Limits): readonly EncryptedDataKey[] {
  const count = reader.uint16()
  if (count === 0) throw malformed('it has no encrypted data key')
  if (count > maxEncryptedDataKeys) {
    const message = `The message has ${count} encrypted data keys, and this reader allows ${maxEncryptedDataKeys}.`
    throw new EnvelopeError('LIMIT_EXCEEDED', message)
  }
  const keys: EncryptedDataKey[] = []
  for (let index = 0; index < count; index++) {
    const providerId = decodeProviderId(reader.bytes(reader.uint16()))
    const providerInfo = reader.bytes(reader.uint16())
    const ciphertext = reader.bytes(reader.uint16())
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
