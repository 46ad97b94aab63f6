/** Values that are valid, and what is wrong in their place. */
import { pattern } from '../support/messages.ts'

const detached = new Uint8Array(8)
structuredClone(detached, { transfer: [detached.buffer] })
export const ANYTHING_ELSE = [
  null,
  7,
  true,
  'text',
  Symbol('s'),
  () => undefined,
  {},
  [],
  new Date(),
  new Map(),
  Promise.resolve(),
]
export const NO_NUMBERS = [null, '7', true, {}, 7n, Number.NaN, -1]
const otherBytes = [[1, 2], new ArrayBuffer(8), new Uint16Array(8), new DataView(new ArrayBuffer(8)), new Blob()]
const sharedBytes = [new SharedArrayBuffer(8), new Uint8Array(new SharedArrayBuffer(8))]
export const NOT_BYTES = ['é', null, undefined, 7, {}, ...otherBytes, ...sharedBytes, detached, Promise.resolve()]
export const NO_PAIRS = [
  null,
  7,
  'text',
  [],
  ['a'],
  new Map([['a', 'b']]),
  new Date(),
  Promise.resolve({ a: 'b' }),
  pattern(4),
]
export const NOT_PATHS = [null, undefined, 7, {}, pattern(4), '', 'a\0b', new URL('file:///tmp'), Buffer.from('/tmp/a')]

/** A valid value, and what is wrong in its place. */
export interface Value {
  valid: unknown
  wrong: readonly unknown[]
}

export const value = (valid: unknown, wrong: readonly unknown[]): Value => ({ valid, wrong })
export const isRequired = (one: Value): Value => value(one.valid, [...one.wrong, undefined])
export const but = (valid: unknown, ...kinds: string[]): Value =>
  value(
    valid,
    ANYTHING_ELSE.filter((one) => !kinds.includes(Array.isArray(one) ? 'array' : typeof one)),
  )

export const bytes = (length: number): Value => value(pattern(length), NOT_BYTES)
export const text = (valid: string): Value => but(valid, 'string')
export const flag = (valid: boolean): Value => but(valid, 'boolean')
export const signal = but(new AbortController().signal)
export const whole = (valid: number): Value => value(valid, [...NO_NUMBERS, 1.5, Number.POSITIVE_INFINITY])
export const limit = (valid: number): Value => value(valid, [...NO_NUMBERS, 1.5])
export const positive = (valid: number): Value => value(valid, [...NO_NUMBERS, 0])
export const texts = (valid: readonly string[]): Value => value(valid, [...but(0, 'array').wrong, [7], [null]])
export const pairs = value({ tenant: 't-17' }, [
  ...NO_PAIRS,
  { a: 7 },
  { a: pattern(2) },
  { a: null },
  { a: undefined },
])
export const path = (valid: string): Value => value(valid, NOT_PATHS)

/** An object of options, each of them wrong in turn, and an unknown one. */
export function options(known: Readonly<Record<string, Value>>): Value {
  const valid = Object.fromEntries(Object.entries(known).map(([name, one]) => [name, one.valid]))
  const wrong = Object.entries(known).flatMap(([name, one]) => one.wrong.map((each) => ({ ...valid, [name]: each })))
  return value(valid, [...NO_PAIRS, { ...valid, contxt: {} }, ...wrong])
}

export interface Row {
  args: readonly Value[]
  call: (...args: never[]) => unknown
}

export const row = (call: (...args: never[]) => unknown, ...args: readonly Value[]): Row => ({ call, args })
export const made = (Class: new (...args: never[]) => unknown, ...args: readonly Value[]): Row =>
  row((...given) => new Class(...given), ...args)
export const of = <T>(object: T, method: keyof T & string, ...args: readonly Value[]): Row =>
  row((...given) => (object[method] as (...args: unknown[]) => unknown)(...given), ...args)
