/**
 * What callers hand in, checked while the program runs: JavaScript and casts get past the types, and bytes that are not
 * what they seem become messages that never open.
 */
import { EnvelopeError } from './error.ts'

/** @throws EnvelopeError INVALID_ARGUMENT unless the value is what `name` must be. */
export type Check = (value: unknown, name: string) => void

/** A check for each option that there is: the compiler notices one that is missing. */
export type Shape<T> = { readonly [K in keyof Required<T>]: Check }

/** @throws EnvelopeError INVALID_ARGUMENT for what is no object of options, an unknown option or one of a wrong kind. */
export function requireOptions<T>(options: T, what: string, shape: Shape<T>): void {
  if (!isPlainObject(options)) throw invalid(what, 'an object of options', options)
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(shape, name))
  if (unknown !== undefined) {
    const known = Object.keys(shape).join(', ')
    throw new EnvelopeError('INVALID_ARGUMENT', `${what} has no option ${JSON.stringify(unknown)}; it has ${known}.`)
  }
  for (const [name, check] of Object.entries<Check>(shape)) check(options[name], `${what}: ${name}`)
}

/** The defaults, and in their place what was given. What is given as undefined is not given. */
export function withDefaults<T extends object>(defaults: T, given: Partial<T> = {}): T {
  const present = Object.entries(given).filter(([, value]) => value !== undefined)
  return { ...defaults, ...Object.fromEntries(present) }
}

export function optional(check: Check): Check {
  return (value, name) => {
    if (value !== undefined) check(value, name)
  }
}

/** Any one of them is enough. `expected` says what all of them together ask for. */
export function either(expected: string, ...checks: readonly Check[]): Check {
  return (value, name) => {
    if (!checks.some((check) => passes(check, value, name))) throw invalid(name, expected, value)
  }
}

function passes(check: Check, value: unknown, name: string): boolean {
  try {
    check(value, name)
    return true
  } catch {
    return false
  }
}

export function listOf(check: Check): Check {
  return (value, name) => {
    if (!Array.isArray(value)) throw invalid(name, 'an array', value)
    for (const [index, element] of value.entries()) check(element, `${name}[${index}]`)
  }
}

export function shaped<T>(shape: Shape<T>): Check {
  return (value, name) => requireOptions(value as T, name, shape)
}

/** An object that can do something. Whose it is does not matter. */
export function withMethods(expected: string, ...methods: readonly string[]): Check {
  return (value, name) => {
    const isObject = (typeof value === 'object' && value !== null) || typeof value === 'function'
    const has = isObject && methods.every((method) => typeof (value as Record<string, unknown>)[method] === 'function')
    if (!has) throw invalid(name, expected, value)
  }
}

export function aText(value: unknown, name: string): asserts value is string {
  if (typeof value !== 'string') throw invalid(name, 'a string', value)
}

export const aFunction: Check = (value, name) => {
  if (typeof value !== 'function') throw invalid(name, 'a function', value)
}

export const aBoolean: Check = (value, name) => {
  if (typeof value !== 'boolean') throw invalid(name, 'true or false', value)
}

/** Bytes, milliseconds or a number of things. */
export const aCount: Check = (value, name) => {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return
  throw invalid(name, 'a whole number that is not negative', value)
}

/** At least 1; it may have no end. */
export const aPositive: Check = (value, name) => {
  if (typeof value !== 'number' || !(value >= 1)) throw invalid(name, 'a number of at least 1', value)
}

/** A number of things that may have no end. */
export const aLimit: Check = (value, name) => {
  if (value !== Number.POSITIVE_INFINITY) aCount(value, name)
}

export const aSignal: Check = (value, name) => {
  withMethods('an AbortSignal', 'addEventListener', 'throwIfAborted')(value, name)
}

export const anObject: Check = (value, name) => {
  if (typeof value !== 'object' || value === null) throw invalid(name, 'an object', value)
}

const kindOfArray = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype) as object,
  Symbol.toStringTag,
)!.get!

/**
 * A Uint8Array, of whichever realm; a Buffer is one. Memory that other threads share is refused, as it may change between
 * being read and being authenticated; so is memory that was transferred away, which would count as no bytes.
 */
export function someBytes(value: unknown, name: string): asserts value is Uint8Array {
  if (!ArrayBuffer.isView(value) || kindOfArray.call(value) !== 'Uint8Array') throw invalid(name, 'a Uint8Array', value)
  const { buffer } = value
  if (Object.prototype.toString.call(buffer) === '[object SharedArrayBuffer]') {
    throw new EnvelopeError('INVALID_ARGUMENT', `${name} is in memory that threads share. Hand in a copy.`)
  }
  if ('detached' in buffer && buffer.detached) {
    throw new EnvelopeError('INVALID_ARGUMENT', `${name} was transferred to another thread: it has no bytes any more.`)
  }
}

/** Something to iterate over, whose elements are still to be checked. */
export const someChunks: Check = (value, name) => {
  const isObject = typeof value === 'object' && value !== null
  if (!isObject || !(Symbol.asyncIterator in value || Symbol.iterator in value)) {
    throw invalid(name, 'an (async) iterable of Uint8Array', value)
  }
}

/**
 * Names with values of text. Anything with a prototype of its own is refused: a Map, a promise or a date has no pairs of
 * its own, and would count as none.
 */
export const someTexts: Check = (value, name) => {
  if (!isPlainObject(value)) throw invalid(name, 'an object of strings', value)
  for (const [key, text] of Object.entries(value)) aText(text, `${name}[${JSON.stringify(key)}]`)
}

/** An object literal of any realm, or one without a prototype. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

export function invalid(name: string, expected: string, value: unknown): EnvelopeError {
  return new EnvelopeError('INVALID_ARGUMENT', `${name} must be ${expected}, and is ${kindOf(value)}.`)
}

/** The kind alone: a value may be a secret. */
function kindOf(value: unknown): string {
  if (value === undefined || value === null) return String(value)
  if (typeof value === 'number') return String(value)
  if (typeof value !== 'object') return `a ${typeof value}`
  const { constructor } = value as { constructor?: unknown }
  return typeof constructor === 'function' && constructor.name !== '' ? `of type ${constructor.name}` : 'an object'
}
