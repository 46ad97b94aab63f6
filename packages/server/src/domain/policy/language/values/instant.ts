import { areDigits, digitsAt } from './digits.ts'

const MINUTE_MS = 60_000
/** The last second that a Date can represent has this many digits (ECMA-262, "Time Values and Time Range"). */
const MAX_EPOCH_DIGITS = 13

/**
 * Parses a point in time to milliseconds since 1970: a W3C date (`2026`, `2026-01`, `2026-01-31`, `2026-01-31T23:59Z`,
 * with seconds, their fraction, and an offset such as `+01:00`), or epoch seconds with or without a fraction
 * (`1546257599.0`). Four digits alone are a year. Source: W3C, "Date and Time Formats"; IAM User Guide, "Date condition
 * operators"; AWS KMS Developer Guide, "kms:ValidTo".
 */
export function readInstant(text: string): number | undefined {
  return areDigits(text) && text.length === 4 ? calendar(text) : (epoch(text) ?? calendar(text))
}

/** Formats a point in time as epoch seconds. Four digits alone would be parsed as a year, so they get a fraction. */
export function epochSeconds(ms: number): string {
  const text = String(ms / 1000)
  return text.length === 4 && areDigits(text) ? `${text}.0` : text
}

/** Seconds since 1970, with a sign before it: `1546257599`, `1546257599.5`, `-0.25`. */
function epoch(text: string): number | undefined {
  const sign = text.startsWith('-') ? -1 : 1
  const unsigned = sign < 0 ? text.slice(1) : text
  const point = unsigned.indexOf('.')
  const whole = point < 0 ? unsigned : unsigned.slice(0, point)
  const fraction = point < 0 ? '0' : unsigned.slice(point + 1)
  const formed = areDigits(whole) && whole.length <= MAX_EPOCH_DIGITS && areDigits(fraction)
  return formed ? sign * (Number(whole) * 1000 + fractionMs(fraction)) : undefined
}

/**
 * The milliseconds of the digits after a decimal point. Whole milliseconds are exact, because equal times must be equal
 * numbers.
 */
function fractionMs(digits: string): number {
  return Number(digits.slice(0, 3).padEnd(3, '0')) + Number(`0.${digits.slice(3) || '0'}`)
}

function calendar(text: string): number | undefined {
  const dateEnd = text.indexOf('T')
  const dayMs = day(dateEnd < 0 ? text : text.slice(0, dateEnd))
  if (dateEnd < 0 || dayMs === undefined) return dayMs
  const timeMs = dateEnd === 10 ? timeOfDay(text.slice(dateEnd + 1)) : undefined
  return timeMs === undefined ? undefined : dayMs + timeMs
}

/** Midnight of `2026`, `2026-01` or `2026-01-31`. Days that the month does not have are refused. */
function day(text: string): number | undefined {
  const [year, month, dayOfMonth] = [
    digitsAt(text, 0, 4),
    text.length > 4 ? digitsAt(text, 5, 7) : 1,
    text.length > 7 ? digitsAt(text, 8, 10) : 1,
  ]
  const formed = [4, 7, 10].includes(text.length) && isDash(text, 4) && isDash(text, 7)
  const date = new Date(Date.UTC(2000, month - 1, dayOfMonth))
  date.setUTCFullYear(year)
  return formed && date.getUTCMonth() === month - 1 && date.getUTCDate() === dayOfMonth ? date.getTime() : undefined
}

function isDash(text: string, position: number): boolean {
  return text.length <= position || text.charAt(position) === '-'
}

/** `23:59`, `23:59:30` or `23:59:30.25`, each with its zone. */
function timeOfDay(text: string): number | undefined {
  const zoneStart = text.endsWith('Z') ? text.length - 1 : text.length - 6
  const zoneMs = text.endsWith('Z') ? 0 : offset(text.slice(zoneStart))
  const clockMs = clock(text.slice(0, Math.max(zoneStart, 0)))
  return zoneMs === undefined || clockMs === undefined ? undefined : clockMs - zoneMs
}

/** `+01:00` */
function offset(text: string): number | undefined {
  const sign = { '+': 1, '-': -1 }[text.charAt(0)]
  const minutes = hoursAndMinutes(text.slice(1))
  return sign === undefined || minutes === undefined ? undefined : sign * minutes * MINUTE_MS
}

function clock(text: string): number | undefined {
  const minutes = hoursAndMinutes(text.slice(0, 5))
  if (minutes === undefined) return undefined
  if (text.length === 5) return minutes * MINUTE_MS
  const seconds = digitsAt(text, 6, 8)
  const fraction = text.slice(9)
  const formed = text.charAt(5) === ':' && seconds < 60 && (text.length === 8 || isFraction(text.charAt(8), fraction))
  return formed ? minutes * MINUTE_MS + seconds * 1000 + fractionMs(fraction) : undefined
}

function isFraction(point: string, digits: string): boolean {
  return point === '.' && areDigits(digits)
}

function hoursAndMinutes(text: string): number | undefined {
  const [hours, minutes] = [digitsAt(text, 0, 2), digitsAt(text, 3, 5)]
  const formed = text.length === 5 && text.charAt(2) === ':' && hours < 24 && minutes < 60
  return formed ? hours * 60 + minutes : undefined
}
