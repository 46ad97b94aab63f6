import { InvalidArgumentError } from 'commander'

const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 }

/** A time in the past: `30d`, `12h`, `15m` ago, or as ISO 8601 has it. In milliseconds since the epoch. */
export function parseTime(text: string): number {
  const [, count, unit = ''] = /^(\d{1,5})([mhd])$/.exec(text) ?? []
  const timeMs = count === undefined ? isoTime(text) : Date.now() - Number(count) * (UNITS[unit] ?? 0)
  if (!Number.isNaN(timeMs)) return timeMs
  throw new InvalidArgumentError('It must be a time such as 2026-03-01T12:00:00Z, or so long ago: 30d, 12h, 15m.')
}

function isoTime(text: string): number {
  const [, day] = /^(\d{4}-\d\d-\d\d)(T.*)?$/.exec(text) ?? []
  return day !== undefined && isDay(day) ? Date.parse(text) : Number.NaN
}

/** Date.parse takes February 31 for March 3, and records between the two would be left out. */
function isDay(day: string): boolean {
  const timeMs = Date.parse(day)
  return !Number.isNaN(timeMs) && new Date(timeMs).toISOString().startsWith(day)
}
