import { setTimeout as sleep } from 'node:timers/promises'

/** How long to wait before the system is asked once more for what it has not got yet. */
const RETRY_MS = 20

const waiting = new Set<(reason: Error) => void>()
let stopped: Error | undefined

/** Ends every wait for another program, now and later: that one may never read, write or open. */
export function stopDescriptors(reason: Error): void {
  stopped ??= reason
  for (const reject of waiting) reject(reason)
  waiting.clear()
}

/** The outcome of an operation on a descriptor; rejects at once when the descriptors are stopped. */
export function stoppable<T>(operation: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    if (stopped !== undefined) reject(stopped)
    waiting.add(reject)
    const forget = (): boolean => waiting.delete(reject)
    operation.then(resolve, reject).finally(forget)
  })
}

/** Asks the system again and again while it answers one of these codes, which say that another program is not ready. */
export async function retrying<T>(codes: readonly string[], ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await stoppable(ask())
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === undefined || !codes.includes(code)) throw error
    }
    await stoppable(sleep(RETRY_MS))
  }
}
