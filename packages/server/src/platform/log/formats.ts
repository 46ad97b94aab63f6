import type { Level } from '../logger.ts'
import type { LogEvent, PlainFields, PlainValue } from './event.ts'

/**
 * How a line is written. `json`: one object. `logfmt`: `name=value` pairs. `text`: for people at a terminal. `journald`: `text`
 * without a time, which the journal adds, behind the priority that sd-daemon(3) defines.
 */
export type LogFormat = 'json' | 'logfmt' | 'text' | 'journald'

/** Returns one line, with its newline. */
type Write = (event: LogEvent) => string

/** The priorities of syslog. */
const PRIORITIES: Readonly<Record<Level, number>> = { error: 3, warn: 4, info: 6 }

export const FORMATS: Readonly<Record<LogFormat, Write>> = Object.freeze({
  json: ({ timeMs, level, message, fields }) =>
    `${oneLine(JSON.stringify({ time: isoTime(timeMs), level, msg: message, ...fields }))}\n`,
  logfmt: ({ timeMs, level, message, fields }) =>
    `${pairs({ time: isoTime(timeMs), level, msg: message, ...fields })}\n`,
  text: (event) => `${isoTime(event.timeMs)} ${event.level.padEnd('error'.length)} ${sentence(event)}\n`,
  journald: (event) => `<${PRIORITIES[event.level]}>${sentence(event)}\n`,
})

/** ISO 8601, UTC, with milliseconds. */
export function isoTime(timeMs: number): string {
  return new Date(timeMs).toISOString()
}

function sentence({ message, fields }: LogEvent): string {
  const rest = pairs(fields)
  return rest === '' ? oneLine(message) : `${oneLine(message)}  ${rest}`
}

/** `name=value` pairs in the form of logfmt. */
export function pairs(fields: PlainFields): string {
  return Object.entries(fields)
    .map(([name, value]) => `${name}=${quoted(value)}`)
    .join(' ')
}

/** A text without spaces, quotes or anything that is not printable ASCII is written as it is. */
const BARE = /^[!#-<>-~]+$/

function quoted(value: PlainValue): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return BARE.test(text) ? text : oneLine(JSON.stringify(text))
}

/**
 * What would start a new line, move the cursor of a terminal or reverse the order of what follows, and that JSON.stringify
 * leaves as it is: control characters, separators of lines, marks and overrides of direction.
 */
const UNSAFE = /[\p{Cc}\u061C\u200B-\u200F\u2028-\u202E\u2060-\u206F\uFEFF]/gu

/** Text that stays on one line wherever it is shown. Strangers have a part in it: their user agents, hosts and paths. */
export function oneLine(text: string): string {
  return text.replaceAll(UNSAFE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
