import { AccessLog } from '../http/access-log.ts'
import { LineFile } from '../../platform/log/line-file.ts'
import { type CountingLogger, formatOf, standardErrorLogger } from '../../platform/log/line-logger.ts'
import type { Logger } from '../../platform/logger.ts'
import { systemClock } from '../../platform/system-clock.ts'
import type { Durability } from '../../audit/auditor.ts'
import type { ServerOptions } from './config.ts'

/** How a server logs, and when its audit log counts as written. */
export function operating({ durability = 'fsync', logLevel = 'warn', logFormat }: ServerOptions): {
  durability: Durability
  logger: CountingLogger
} {
  return { durability, logger: standardErrorLogger(logLevel, logFormat) }
}

/**
 * Opens the access log that is configured; `opened` closes it after the last request. Rejects with AccessLogError if it cannot
 * be opened: to notice it later would be too late.
 */
export async function openAccessLog(
  { accessLog: file, logFormat = formatOf(2) }: ServerOptions,
  logger: Logger,
  opened: AsyncDisposableStack,
): Promise<AccessLog | undefined> {
  if (file === undefined) return undefined
  const lines = await LineFile.open(file, { clock: systemClock, logger }).catch((cause: unknown) => {
    throw new AccessLogError(`The access log ${file} cannot be opened: ${textOf(cause)}`, { cause })
  })
  opened.defer(() => lines.close())
  return new AccessLog({ file: lines, format: logFormat === 'logfmt' ? 'logfmt' : 'json', clock: systemClock })
}

/** An access log that cannot be opened. */
class AccessLogError extends Error {
  override name = 'AccessLogError'
}

function textOf(cause: unknown): string {
  return Error.isError(cause) ? cause.message : String(cause)
}
