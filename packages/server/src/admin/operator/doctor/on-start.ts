import type { Logger } from '../../../platform/logger.ts'
import type { Examined } from './check.ts'
import { examine } from './doctor.ts'

/** The maximum number of findings that a starting server logs separately. */
const MOST_LINES = 100

/**
 * Examines a data folder in the background of a starting server, without its audit log, and logs the findings. Returns
 * a function that stops it and waits until it has ended.
 */
export function examineOnStart(
  examined: Omit<Examined, 'signal' | 'auditFolder'>,
  logger: Logger,
): () => Promise<void> {
  const ending = new AbortController()
  const { signal } = ending
  const ended = logFindings({ ...examined, signal }, logger).catch((error: unknown) =>
    logger.error('the data folder could not be examined: run `keyhold operator doctor`', { error }),
  )
  return async () => {
    ending.abort()
    await ended
  }
}

async function logFindings(examined: Examined, logger: Logger): Promise<void> {
  let found = 0
  for await (const { message, check, facts } of examine(examined)) {
    found += 1
    if (found <= MOST_LINES) logger.warn('the data folder has a finding', { finding: message, check, ...facts })
  }
  if (found === 0) return
  const unlogged = Math.max(0, found - MOST_LINES)
  logger.warn(
    'the data folder has findings: run `keyhold operator doctor` to list those that the audit log does not explain',
    { found, unlogged },
  )
}
