import { EnvelopeError } from '../error.ts'
import { concat, readUint16, readUint32, uint16, uint32 } from './bytes.ts'
import { parseContext, serializeContext } from './context.ts'
import type { EncryptionContext } from './context.ts'
import { serializeEncryptedDataKeys } from './encrypted-data-keys.ts'
import type { EncryptedDataKey } from './encrypted-data-keys.ts'
import type { Limits } from './limits.ts'
import { suiteOf } from './suites.ts'
import type { Suite } from './suites.ts'

/** What a message says about itself before its body. Specification, "Message header", version 2.0. */
export interface MessageHeader {
  readonly suite: Suite
  /** Random, unique to the message. */
  readonly messageId: Uint8Array
  readonly context: EncryptionContext
  readonly encryptedDataKeys: readonly EncryptedDataKey[]
  /** Bytes of plaintext in every frame but the final one, which has as many or fewer. */
  readonly frameLength: number
  /** Says which data key this is, so that no message opens under two. */
  readonly commitment: Uint8Array
}

/** The content type of a body in frames. */
const FRAMED = 2
const UNFRAMED = 1

/** How messages of version 1 and 2 begin in base64. */
const BASE64_BEGINNINGS: readonly string[] = ['AY', 'Ag']

/** The header without its authentication tag: what the tag is computed over. */
export function serializeHeader(header: MessageHeader): Uint8Array {
  const context = serializeContext(header.context)
  return concat([
    Uint8Array.of(header.suite.messageVersion),
    uint16(header.suite.id),
    header.messageId,
    uint16(context.length),
    context,
    serializeEncryptedDataKeys(header.encryptedDataKeys),
    Uint8Array.of(FRAMED),
    uint32(header.frameLength),
    header.commitment,
  ])
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
  requireFramed((yield 1)[0]!)
  const frameLength = checkedFrameLength(readUint32(yield 4), limits)
  const commitment = (yield suite.commitmentBytes).slice()
  return Object.freeze({ suite, messageId, context, encryptedDataKeys, frameLength, commitment })
}

function* parseSuite(): Parser<Suite> {
  const version = (yield 1)[0]!
  if (yield* looksLikeBase64(version)) throw malformed('it looks like one in base64, which must be decoded first')
  if (version === 1) throw unsupported('message version 1')
  if (version !== 2) throw malformed(`it begins with the byte ${version}, not with a message version`)
  const id = readUint16(yield 2)
  const suite = suiteOf(id)
  if (suite === undefined) throw unsupported(`algorithm suite 0x${id.toString(16).padStart(4, '0')}`)
  return suite
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

function requireFramed(contentType: number): void {
  if (contentType === FRAMED) return
  throw contentType === UNFRAMED ? unsupported('an unframed body') : malformed(`its content type is ${contentType}`)
}

function checkedFrameLength(frameLength: number, { maxFrameLength }: Limits): number {
  if (frameLength === 0) throw malformed('its frames have no length')
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
