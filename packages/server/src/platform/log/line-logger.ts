import { fstatSync } from 'node:fs'
import { isatty } from 'node:tty'
import type { Clock } from '../clock.ts'
import type { Level, LogFields, Logger } from '../logger.ts'
import { systemClock } from '../system-clock.ts'
import { type LogEvent, plainFields } from './event.ts'
import { FORMATS, type LogFormat } from './formats.ts'
import { LineOutput } from './line-output.ts'
import { Repeats } from './repeats.ts'

/** The lowest level that is written. */
export type LogLevel = Level | 'silent'

/** A logger that counts repeats, and has to write the last counts when the process ends. */
export interface CountingLogger extends Logger {
  /** Can be changed at any time, for what is written from then on. */
  level: LogLevel
  flush(): void
}

interface LineLoggerOptions {
  level: LogLevel
  format: LogFormat
  output: { write(line: string): unknown }
  clock: Clock
}

const RANKS: Readonly<Record<LogLevel, number>> = { silent: 0, error: 1, warn: 2, info: 3 }
/** How often it is looked for counts to write, while there are any. */
const LOOK_EVERY_MS = 5_000

/** Writes one line for each event, and repeats with their count: see {@link Repeats}. */
export function lineLogger({ level: lowest, format, output, clock }: LineLoggerOptions): CountingLogger {
  const repeats = new Repeats()
  const isWritten = (level: Level): boolean => RANKS[level] <= RANKS[logger.level]
  let stopLooking: (() => void) | undefined
  const write = (event: LogEvent): void => void (isWritten(event.level) && output.write(FORMATS[format](event)))
  const look = (): void => {
    for (const event of repeats.due(clock.monotonic())) write({ ...event, timeMs: clock.now() })
    if (!repeats.isEmpty) return
    stopLooking?.()
    stopLooking = undefined
  }
  const log = (level: Level, message: string, fields?: LogFields): void => {
    if (!isWritten(level)) return
    const event = { timeMs: clock.now(), level, message, fields: plainFields(fields) }
    if (!repeats.admits(event, clock.monotonic())) return
    stopLooking ??= clock.every(LOOK_EVERY_MS, look)
    write(event)
  }
  const logger: CountingLogger = {
    level: lowest,
    info: (message, fields) => log('info', message, fields),
    warn: (message, fields) => log('warn', message, fields),
    error: (message, fields) => log('error', message, fields),
    flush() {
      for (const event of repeats.rest()) write(event)
      look()
    },
  }
  return logger
}

/**
 * Logs to standard error, so that standard output is free for the results of commands. If standard error cannot be
 * written, the service continues: see {@link LineOutput}.
 */
export function standardErrorLogger(level: LogLevel, format: LogFormat = formatOf(2)): CountingLogger {
  const lost = (lines: number): string =>
    FORMATS[format]({
      timeMs: systemClock.now(),
      level: 'error',
      message: 'log lines could not be written',
      fields: { lines },
    })
  return lineLogger({ level, format, output: new LineOutput(2, lost), clock: systemClock })
}

/** Text on a terminal, priorities for the journal of systemd, and JSON for all other readers. */
export function formatOf(descriptor: number, environment: NodeJS.ProcessEnv = process.env): LogFormat {
  if (isJournal(descriptor, environment['JOURNAL_STREAM'])) return 'journald'
  return isatty(descriptor) ? 'text' : 'json'
}

/** systemd.exec(5): `JOURNAL_STREAM` has the device and inode of the stream that leads to the journal. */
function isJournal(descriptor: number, stream: string | undefined): boolean {
  if (stream === undefined) return false
  try {
    const { dev, ino } = fstatSync(descriptor, { bigint: true })
    return stream === `${dev}:${ino}`
  } catch {
    return false
  }
}
