import { isForeseen } from '../foreseen.ts'
import type { Logger } from '../logger.ts'

/** Logs why a request failed through no fault of its caller. Only a bug has a stack. */
export function logFailure(error: unknown, requestId: string, logger: Logger): void {
  if (isForeseen(error)) {
    logger.error('a request failed because the database, a disk or the system did', { requestId, error })
  } else logger.error('a request failed because of a bug in Keyhold: please report this line', { requestId, error })
}
