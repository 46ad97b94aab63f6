import type { CountingLogger } from '../../../platform/log/line-logger.ts'
import type { Reloadable } from './reload.ts'

/** The level of a server's log, which can change while it runs. */
export function loggedLevel(logger: CountingLogger): Reloadable {
  return {
    what: 'log level',
    async reload({ logLevel = 'warn' }) {
      if (logLevel === logger.level) return 'unchanged'
      logger.level = logLevel
      return 'applied'
    },
  }
}
