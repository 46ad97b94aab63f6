import { byUtf8 } from '@keyhold/protocol'
import { invalid as invalidArgument, isPlainObject } from '../base/arguments.ts'
import { EnvelopeError } from '../base/error.ts'
import { ByteWriter, readUint16 } from '../base/bytes.ts'

/** Pairs of text that are authenticated with the message and stand in its header for all to read. */
export type EncryptionContext = Readonly<Record<string, string>>

/** For `expect`: accept a message whatever its context says. Its name is meant to be grepped for. */
export const ANY_CONTEXT: unique symbol = Symbol('ANY_CONTEXT')

/** The pairs that a message must have, among any others; or the waiver of them. */
export type ExpectedContext = EncryptionContext | typeof ANY_CONTEXT

const RESERVED_PREFIX = 'aws-crypto-'
/** Where a signed message carries the public key of its signature, base64 of the compressed point. */
export const PUBLIC_KEY_NAME = 'aws-crypto-public-key'

const MAX_UINT16 = 0xffff
const NOTHING = new Uint8Array(0)

// A byte order mark is part of the text that was authenticated, not an encoding hint to drop.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Inherits nothing, so that `__proto__` is a name like any other. Made by a constructor, as V8 gives each object of
 * `Object.create(null)` a layout of its own once it is frozen: decrypting a small message then takes a fifth longer.
 */
const EmptyContext = function () {} as unknown as new () => Record<string, string>
EmptyContext.prototype = Object.freeze(Object.create(null) as object)

/** Its pairs are checked once it is to be written. @throws EnvelopeError INVALID_ARGUMENT for anything without pairs. */
export function aContext(value: unknown, name: string): void {
  if (!isPlainObject(value)) throw invalidArgument(name, 'an object of strings', value)
}

/** A copy of the caller's context, once it is known that it can be written. */
export function checkedContext(context: EncryptionContext): EncryptionContext {
  const checked = new EmptyContext()
  for (const [name, value] of Object.entries(context)) {
    if (typeof value !== 'string') throw invalid(name, 'its value is not a string')
    if (name.startsWith(RESERVED_PREFIX)) throw invalid(name, `names beginning with "${RESERVED_PREFIX}" are reserved`)
    if (!name.isWellFormed() || !value.isWellFormed()) throw invalid(name, 'it holds half of a surrogate pair')
    checked[name] = value
  }
  return checked
}

/** The pairs that a caller gave, without those that the format added. */
export function withoutReserved(context: EncryptionContext): EncryptionContext {
  const given = Object.entries(context).filter(([name]) => !name.startsWith(RESERVED_PREFIX))
  return Object.freeze(Object.assign(new EmptyContext(), Object.fromEntries(given)))
}

function invalid(name: string, why: string): EnvelopeError {
  return new EnvelopeError('INVALID_CONTEXT', `The encryption context cannot have ${JSON.stringify(name)}: ${why}.`)
}

export function withPair(context: EncryptionContext, name: string, value: string): EncryptionContext {
  return Object.freeze(Object.assign(new EmptyContext(), context, { [name]: value }))
}

/**
 * The context as a header has it, without the length before it: a count, then the pairs in the order of their
 * names' bytes, every string with its length. An empty context is no bytes at all. (Specification, "Structures".)
 */
export function serializeContext(context: EncryptionContext): Uint8Array {
  const names = Object.keys(context)
  if (names.length === 0) return NOTHING
  if (names.length > 1) names.sort(byUtf8)
  const writer = new ByteWriter()
  writer.uint16(names.length)
  for (const name of names) {
    writeText(writer, name)
    writeText(writer, context[name]!)
  }
  const serialized = writer.written
  if (serialized.length > MAX_UINT16) throw tooLong(serialized.length)
  return serialized
}

function writeText(writer: ByteWriter, text: string): void {
  const bytes = writer.prefixedText(text)
  if (bytes > MAX_UINT16) throw tooLong(bytes)
}

function tooLong(bytes: number): EnvelopeError {
  const message = `The encryption context needs ${bytes} bytes, and a message has room for ${MAX_UINT16}.`
  return new EnvelopeError('INVALID_CONTEXT', message)
}

/**
 * The context from a header's bytes. Their order is not checked: a former official client sorted by UTF-16, and what
 * is authenticated is the bytes as they stand.
 */
export function parseContext(bytes: Uint8Array): EncryptionContext {
  const context = new EmptyContext()
  if (bytes.length === 0) return Object.freeze(context)
  const texts = parseTexts(bytes)
  for (let index = 0; index < texts.length; index += 2) {
    const name = texts[index]!
    if (name in context) throw malformed('a name occurs twice')
    context[name] = texts[index + 1]!
  }
  return Object.freeze(context)
}

/** Names and values in turn. */
function parseTexts(bytes: Uint8Array): string[] {
  if (bytes.length < 2) throw malformed('its count is cut off')
  const count = readUint16(bytes)
  if (count === 0) throw malformed('it counts no pairs, but has a length')
  const texts: string[] = []
  let offset = 2
  for (let index = 0; index < count * 2; index++) {
    const start = offset + 2
    if (start > bytes.length) throw malformed('it has fewer pairs than it counts')
    offset = start + readUint16(bytes, offset)
    if (offset > bytes.length) throw malformed('a text reaches beyond its end')
    texts.push(decodeText(bytes.subarray(start, offset)))
  }
  if (offset !== bytes.length) throw malformed('bytes follow its last pair')
  return texts
}

function decodeText(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes)
  } catch (error) {
    throw malformed('a text is not UTF-8', error)
  }
}

function malformed(why: string, cause?: unknown): EnvelopeError {
  return new EnvelopeError('MALFORMED_MESSAGE', `The message's encryption context is damaged: ${why}.`, { cause })
}

const NO_PAIRS: EncryptionContext = Object.freeze(new EmptyContext())

/**
 * Takes the named pairs out of a context: what is authenticated with a message, but not stored in it.
 *
 * @throws EnvelopeError INVALID_CONTEXT when one of them is missing.
 */
export function splitContext(
  context: EncryptionContext,
  names: readonly string[],
): { stored: EncryptionContext; bound: EncryptionContext } {
  if (names.length === 0) return { stored: context, bound: NO_PAIRS }
  const stored = Object.assign(new EmptyContext(), context)
  const bound = new EmptyContext()
  for (const name of names) {
    if (!Object.hasOwn(context, name)) throw invalid(name, 'it is required, and has no value')
    bound[name] = context[name]!
    delete stored[name]
  }
  return { stored, bound }
}

/**
 * What a message was authenticated with: the pairs in its header, and the required ones that it does not store, which
 * the reader knows. Specification, "Required encryption context CMM".
 *
 * @throws EnvelopeError CONTEXT_MISMATCH unless every expected pair is among them; INVALID_CONTEXT when the caller does
 * not say what a required pair is.
 */
export function completeContext(
  stored: EncryptionContext,
  expected: ExpectedContext,
  required: readonly string[],
): { context: EncryptionContext; bound: EncryptionContext } {
  if (required.length === 0) {
    if (expected !== ANY_CONTEXT) requireContext(stored, expected)
    return { context: stored, bound: NO_PAIRS }
  }
  const bound = new EmptyContext()
  for (const name of required) {
    if (expected === ANY_CONTEXT || !Object.hasOwn(expected, name)) throw invalid(name, 'the reader must say its value')
    if (!(name in stored)) bound[name] = expected[name]!
  }
  const context = Object.freeze(Object.assign(new EmptyContext(), stored, bound))
  if (expected !== ANY_CONTEXT) requireContext(context, expected)
  return { context, bound }
}

/** @throws EnvelopeError CONTEXT_MISMATCH unless every expected pair is in the message's context. */
function requireContext(context: EncryptionContext, expected: EncryptionContext): void {
  const problems = Object.entries(expected)
    .filter(([name, value]) => context[name] !== value)
    .map(([name, value]) => difference(name, value, context[name]))
  if (problems.length === 0) return
  throw new EnvelopeError(
    'CONTEXT_MISMATCH',
    `The message's encryption context is not the expected one: ${problems.join('; ')}.`,
  )
}

function difference(name: string, expected: string, found: string | undefined): string {
  const actual = found === undefined ? 'does not have it' : `has ${JSON.stringify(found)}`
  return `${JSON.stringify(name)} should be ${JSON.stringify(expected)}, and the message ${actual}`
}
