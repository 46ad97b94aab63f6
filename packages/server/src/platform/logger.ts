/**
 * Structured operational logging. A message is a constant text that says what happened, and where it helps, what that means
 * and what to do: repeats are found by it. What differs from line to line are fields. Fields are public: a Secret is written
 * as a placeholder, bytes as their number. An Error is written with its causes, and with its stack only if it is a bug
 * (foreseen.ts).
 */
export interface Logger {
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
}

export type LogFields = Readonly<Record<string, unknown>>

/** How much a line matters. `error`: requests fail, or data is in danger. `warn`: an operator should look. */
export type Level = 'error' | 'warn' | 'info'
