import type { Clock } from '../platform/clock.ts'
import type { Logger } from '../platform/logger.ts'

/**
 * Runs `job` every `intervalMs`, never twice at once. Returns a function that stops it and waits for the run in
 * progress.
 */
export function schedule(
  job: () => Promise<void>,
  intervalMs: number,
  { clock, logger }: { clock: Clock; logger: Logger },
): () => Promise<void> {
  let running: Promise<void> | undefined
  const cancel = clock.every(intervalMs, () => {
    running ??= job()
      .catch((error: unknown) => logger.error('a job failed and will run again', { error }))
      .finally(() => (running = undefined))
  })
  return async () => {
    cancel()
    await running
  }
}
