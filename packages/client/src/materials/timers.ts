import type { CacheTime } from './cache.ts'

/** Longer delays overflow, and would be none at all. */
const MAX_DELAY_MS = 2 ** 31 - 1

/** The platform's timers, so that they keep no process alive on platforms where they could. */
export const TIMERS: CacheTime = Object.freeze({
  now: () => performance.now(),
  later: (delayMs: number, task: () => void) => {
    const timer: unknown = setTimeout(task, Math.min(delayMs, MAX_DELAY_MS))
    if (typeof timer === 'object' && timer !== null && 'unref' in timer) (timer as { unref(): void }).unref()
    return () => clearTimeout(timer as ReturnType<typeof setTimeout>)
  },
})
