import type { Clock } from '../platform/clock.ts'
import type { Logger } from '../platform/logger.ts'
import type { Job } from './jobs.ts'

/**
 * Runs a job at its interval, never twice at once. Returns a function that stops it and waits for the run in
 * progress.
 */
export function schedule(
  { name, run, everyMs }: Job,
  { clock, logger }: { clock: Clock; logger: Logger },
): () => Promise<void> {
  let running: Promise<void> | undefined
  const cancel = clock.every(everyMs, () => {
    running ??= run()
      .catch((error: unknown) => logger.error('a job failed and will run again', { job: name, error }))
      .finally(() => (running = undefined))
  })
  return async () => {
    cancel()
    await running
  }
}
