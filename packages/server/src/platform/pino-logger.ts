import { pino } from 'pino'
import type { DestinationStream, Level } from 'pino'
import { LineOutput } from './line-output.ts'
import type { Logger } from './logger.ts'
import { systemClock } from './system-clock.ts'

/**
 * Writes one JSON object per line. A Secret among the fields is printed as `[secret]` by its own `toJSON`. An Error is
 * printed with its stack and causes, under the name of its field.
 */
export function pinoLogger(level: Level | 'silent', destination: DestinationStream): Logger {
  const logger = pino({ level, base: null, formatters: { level: (label) => ({ level: label }) } }, destination)
  return {
    info: (message, fields) => logger.info(printable(fields), message),
    warn: (message, fields) => logger.warn(printable(fields), message),
    error: (message, fields) => logger.error(printable(fields), message),
  }
}

/** pino prints an Error only under the name `err`. Here, any field can be one. */
function printable(fields: Record<string, unknown> = {}): Record<string, unknown> {
  const entries = Object.entries(fields)
  return Object.fromEntries(
    entries.map(([name, value]) => [name, value instanceof Error ? pino.stdSerializers.err(value) : value]),
  )
}

/**
 * Logs to standard error, so that standard output is free for the results of commands. If standard error cannot be
 * written, the service continues: see {@link LineOutput}.
 */
export function standardErrorLogger(level: Level | 'silent'): Logger {
  return pinoLogger(level, new LineOutput(2, lostLine))
}

function lostLine(lines: number): string {
  return `${JSON.stringify({ level: 'error', time: systemClock.now(), lines, msg: 'log lines could not be written' })}\n`
}
