import type { Logger } from '../platform/logger.ts'
import type { Store } from '../storage/store.ts'

interface Context {
  store: Store
  logger: Logger
}

/** Whether the database is as Keyhold left it. Logs an error when it is not. */
export async function isDatabaseSound({ store, logger }: Context, signal?: AbortSignal): Promise<boolean> {
  const { problems } = await store.inspectLedger(signal)
  if (problems.length === 0) return true
  logger.error('the database is not as Keyhold left it: nothing is deleted for good until an operator has looked', {
    problems,
  })
  return false
}

/**
 * {@link isDatabaseSound} for a job that destroys: asked for the first row that would be, and once in a run. What is
 * destroyed was due before the inspection began, so an old row that was put back to be acted on is found.
 */
export function inspectedOnce(context: Context): () => Promise<boolean> {
  let sound: Promise<boolean> | undefined
  return () => (sound ??= isDatabaseSound(context))
}
