import { constants } from 'node:os'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * Runs a job that a signal stops in good order: it gets the chance to remove what is unfinished, and then the process
 * ends as the signal would have ended it. A second signal ends it at once.
 */
export async function interruptible<T>(job: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController()
  const listeners = SIGNALS.map((name) => {
    const listener = (): void => {
      if (controller.signal.aborted) exitBy(name)
      controller.abort(new Interrupted(name))
      stopInput(new Interrupted(name))
    }
    process.on(name, listener)
    return { name, listener }
  })
  try {
    return await job(controller.signal)
  } catch (error) {
    if (error instanceof Interrupted) exitBy(error.by)
    throw error
  } finally {
    for (const { name, listener } of listeners) process.off(name, listener)
  }
}

/** Whoever waits for input does not look at the signal. If nobody does, nobody has to be told. */
function stopInput(reason: Interrupted): void {
  process.stdin.on('error', () => undefined)
  process.stdin.destroy(reason)
}

class Interrupted extends Error {
  readonly by: (typeof SIGNALS)[number]

  constructor(by: (typeof SIGNALS)[number]) {
    super(`interrupted by ${by}`)
    this.by = by
  }
}

function exitBy(name: (typeof SIGNALS)[number]): never {
  process.exit(128 + constants.signals[name])
}
