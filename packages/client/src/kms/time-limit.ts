/** Timers of every platform end here; a limit that is longer is none. */
export const LONGEST_MS = 2 ** 31 - 1

/** A signal that aborts after so many milliseconds. Nothing if that is beyond what can be timed, as Infinity is. */
export function timeLimit(limitMs: number): AbortSignal | undefined {
  return limitMs > LONGEST_MS ? undefined : AbortSignal.timeout(Math.ceil(limitMs))
}

/** Aborts as soon as one of them does, with its reason. */
export function anyOf(...signals: readonly (AbortSignal | undefined)[]): AbortSignal | undefined {
  const present = signals.filter((signal) => signal !== undefined)
  return present.length < 2 ? present[0] : AbortSignal.any(present)
}

/** Settles as the work does, or rejects with the signal's reason: the work then goes on without being waited for. */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work
  const aborted = Promise.withResolvers<never>()
  const abort = (): void => aborted.reject(signal.reason)
  if (signal.aborted) abort()
  signal.addEventListener('abort', abort, { once: true })
  try {
    return await Promise.race([work, aborted.promise])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
