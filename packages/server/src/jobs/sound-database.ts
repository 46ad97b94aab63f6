import type { Logger } from '../platform/logger.ts'
import type { Store } from '../vault/storage/store.ts'

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
 * {@link isDatabaseSound} for a job that destroys: asked for each row that would be, answered by one inspection for all rows
 * that were read together (due-rows.ts). What is destroyed was due before the inspection began, so an old row that was put
 * back to be acted on is found.
 */
export function inspectedOnce(context: Context): (reading: object) => Promise<boolean> {
  let last: { reading: object; sound: Promise<boolean> } | undefined
  return (reading) => {
    if (last?.reading !== reading) last = { reading, sound: isDatabaseSound(context) }
    return last.sound
  }
}
