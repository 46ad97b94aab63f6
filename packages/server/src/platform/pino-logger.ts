import { pino } from 'pino'
import type { DestinationStream, Level } from 'pino'
import { LineOutput } from './line-output.ts'
import type { Logger } from './logger.ts'
import { systemClock } from './system-clock.ts'

/**
 * Writes one JSON object a line. A Secret among the fields prints as `[secret]` by its own `toJSON`; an Error prints
 * with its stack and causes under the field it was given as.
 */
export function pinoLogger(level: Level | 'silent', destination: DestinationStream): Logger {
  const logger = pino({ level, base: null, formatters: { level: (label) => ({ level: label }) } }, destination)
  return {
    info: (message, fields) => logger.info(printable(fields), message),
    warn: (message, fields) => logger.warn(printable(fields), message),
    error: (message, fields) => logger.error(printable(fields), message),
  }
}

/** pino prints an Error only under the name `err`; here any field may be one. */
function printable(fields: Record<string, unknown> = {}): Record<string, unknown> {
  const entries = Object.entries(fields)
  return Object.fromEntries(
    entries.map(([name, value]) => [name, value instanceof Error ? pino.stdSerializers.err(value) : value]),
  )
}

/**
 * Logs to standard error, so that standard output is for what a command answers. Where standard error cannot be written,
 * the service continues: see {@link LineOutput}.
 */
export function standardErrorLogger(level: Level | 'silent'): Logger {
  return pinoLogger(level, new LineOutput(2, lostLine))
}

function lostLine(lines: number): string {
  return `${JSON.stringify({ level: 'error', time: systemClock.now(), lines, msg: 'log lines could not be written' })}\n`
}
