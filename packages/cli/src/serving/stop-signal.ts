import { constants } from 'node:os'
import { ENDING_SIGNALS, type EndingSignal } from '../process/die-by.ts'

/** The wait for a signal that asks the process to end. */
export interface Stop {
  /** Resolves at the first one. */
  asked: Promise<void>
  /** The first one, once it has come. */
  readonly signal: EndingSignal | undefined
  /** Leaves further signals to others. */
  [Symbol.dispose](): void
}

/**
 * Listens for signals, from before a server starts: one that came while it starts would leave its files behind. A second
 * one ends the process at once, with the exit code that a shell gives for the signal: a person who asks twice does not want to
 * wait for the answers under way.
 */
export function stopSignal(signals: readonly EndingSignal[] = ENDING_SIGNALS): Stop {
  const { promise: asked, resolve } = Promise.withResolvers<void>()
  let first: EndingSignal | undefined
  const listener = (signal: EndingSignal): void => {
    if (first !== undefined) process.exit(exitCodeOf(signal))
    first = signal
    resolve()
  }
  for (const signal of signals) process.on(signal, listener)
  return {
    asked,
    get signal() {
      return first
    },
    [Symbol.dispose]: () => {
      for (const signal of signals) process.off(signal, listener)
    },
  }
}

/** As a shell has it. */
export function exitCodeOf(signal: EndingSignal): number {
  return 128 + constants.signals[signal]
}
