import { isForeseen } from '../foreseen.ts'
import type { Level, LogFields } from '../logger.ts'

/** One line of the log, before it has a format. */
export interface LogEvent {
  timeMs: number
  level: Level
  message: string
  fields: PlainFields
}

/** What every format can write. */
export type PlainValue = string | number | boolean | null | PlainValue[] | { [name: string]: PlainValue }
export type PlainFields = Readonly<Record<string, PlainValue>>

/** Limits of one line, which attackers can have a part in: a user agent, a path, the message of an error. */
const MAX_FIELDS = 24
const MAX_CHARACTERS = 1024
const MAX_STACK_CHARACTERS = 6000
const MAX_ELEMENTS = 16
const MAX_DEPTH = 3
const MAX_CAUSES = 4

/** Fields as every format can write them. An Error becomes several: see {@link errorFields}. */
export function plainFields(fields: LogFields = {}): PlainFields {
  const entries = Object.entries(fields).flatMap(([name, value]): [string, PlainValue][] => {
    if (value === undefined) return []
    return Error.isError(value) ? errorFields(name, value) : [[name, plain(value, 0)]]
  })
  return Object.fromEntries(
    entries.slice(0, MAX_FIELDS).map(([name, value]) => [RESERVED.has(name) ? `${name}_` : name, value]),
  )
}

/** The names that formats use themselves. */
const RESERVED: ReadonlySet<string> = new Set(['time', 'level', 'msg'])

/**
 * For a field `error`: `error`, its message followed by those of its causes; `errorName` and `errorCode`, if it has them; and
 * `errorStack` for a bug, with the stacks of its causes.
 */
function errorFields(name: string, error: Error): [string, PlainValue][] {
  const chain = causesOf(error)
  const code = chain.map((one) => ('code' in one ? one.code : undefined)).find((one) => typeof one === 'string')
  return [
    [name, bounded(messagesOf(chain))],
    [`${name}Name`, bounded(error.name)],
    ...(typeof code === 'string' ? [[`${name}Code`, bounded(code)] as [string, string]] : []),
    ...(isForeseen(error) ? [] : [[`${name}Stack`, stacksOf(chain)] as [string, string]]),
  ]
}

function causesOf(error: Error): Error[] {
  const chain = [error]
  while (chain.length < MAX_CAUSES) {
    const last = chain.at(-1)
    const cause: unknown = last instanceof AggregateError ? (last.cause ?? last.errors[0]) : last?.cause
    if (!Error.isError(cause) || chain.includes(cause)) break
    chain.push(cause)
  }
  return chain
}

/** A cause that the error's message repeats is not written twice. */
function messagesOf(chain: readonly Error[]): string {
  return chain
    .map(({ message }) => message)
    .filter((message, index, all) => !all.slice(0, index).some((earlier) => earlier.includes(message)))
    .join(': ')
}

function stacksOf(chain: readonly Error[]): string {
  return bounded(chain.map(({ stack, message }) => stack ?? message).join('\ncaused by: '), MAX_STACK_CHARACTERS)
}

function plain(value: unknown, depth: number): PlainValue {
  if (typeof value === 'string') return bounded(value)
  if (typeof value === 'bigint') return String(value)
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return value
  if (typeof value !== 'object') return `[${typeof value}]`
  if (Error.isError(value)) return bounded(messagesOf(causesOf(value)))
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`
  if ('toJSON' in value && typeof value.toJSON === 'function') return plain((value.toJSON as () => unknown)(), depth)
  return depth < MAX_DEPTH ? plainObject(value, depth) : '[…]'
}

function plainObject(value: object, depth: number): PlainValue {
  if (Array.isArray(value) || value instanceof Set) {
    const elements = [...(value as Iterable<unknown>)]
    const shown = elements.slice(0, MAX_ELEMENTS).map((element) => plain(element, depth + 1))
    return elements.length > MAX_ELEMENTS ? [...shown, `[${elements.length - MAX_ELEMENTS} more]`] : shown
  }
  const entries = Object.entries(value).slice(0, MAX_ELEMENTS)
  return Object.fromEntries(entries.map(([name, member]) => [name, plain(member, depth + 1)]))
}

/** Text of a limited length, which says how much is missing. */
function bounded(text: string, characters = MAX_CHARACTERS): string {
  if (text.length <= characters) return text
  return `${text.slice(0, characters).toWellFormed()}… (${text.length - characters} more characters)`
}
