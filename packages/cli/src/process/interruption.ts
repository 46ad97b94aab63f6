import { stopDescriptors } from '../descriptors/stop.ts'
import { printed } from '../descriptors/standard.ts'
import { setTimeout as sleep } from 'node:timers/promises'
import { dieBy, ENDING_SIGNALS } from './die-by.ts'
import type { EndingSignal } from './die-by.ts'

/** How long the last words may take when they are not read. */
const LAST_WORDS_MS = 1000

/**
 * Runs a job that a signal stops in good order: it gets the chance to remove what is unfinished, and then the process
 * ends as the signal would have ended it. A second signal ends it at once; temporary files go even then.
 */
export async function interruptible<T>(job: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController()
  const listeners = ENDING_SIGNALS.map((name) => {
    const listener = (): void => {
      if (controller.signal.aborted) dieBy(name)
      const reason = new Interrupted(name)
      controller.abort(reason)
      // Code that waits for another program to read, write or open a pipe does not look at the signal.
      stopDescriptors(reason)
    }
    process.on(name, listener)
    return { name, listener }
  })
  try {
    return await job(controller.signal)
  } catch (error) {
    if (!controller.signal.aborted) throw error
    await Promise.race([printed().catch(() => undefined), sleep(LAST_WORDS_MS)])
    return dieBy((controller.signal.reason as Interrupted).by)
  } finally {
    for (const { name, listener } of listeners) process.off(name, listener)
  }
}

class Interrupted extends Error {
  readonly by: EndingSignal

  constructor(by: EndingSignal) {
    super(`interrupted by ${by}`)
    this.by = by
  }
}
