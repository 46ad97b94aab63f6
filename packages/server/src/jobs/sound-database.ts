import type { Logger } from '../platform/logger.ts'
import type { Journal } from '../vault/storage/journal.ts'

interface Context {
  store: Journal
  logger: Logger
}

/** Returns whether the database agrees with its ledger. Logs an error if it does not. */
export async function isDatabaseSound({ store, logger }: Context, signal?: AbortSignal): Promise<boolean> {
  const { problems } = await store.inspectLedger(signal)
  if (problems.length === 0) return true
  logger.error(
    'the database is not as Keyhold left it: nothing is permanently deleted until an operator has checked it',
    {
      problems,
    },
  )
  return false
}

/**
 * {@link isDatabaseSound} for a job that deletes: called for each row to delete, with one inspection for all rows that
 * were read together (due-rows.ts). These rows were due before the inspection began, so an old row that was restored to
 * be processed is found.
 */
export function inspectedOnce(context: Context): (reading: object) => Promise<boolean> {
  let last: { reading: object; sound: Promise<boolean> } | undefined
  return (reading) => {
    if (last?.reading !== reading) last = { reading, sound: isDatabaseSound(context) }
    return last.sound
  }
}
