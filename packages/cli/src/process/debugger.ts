import { url } from 'node:inspector'
import { UsageError } from '../base/errors.ts'

/**
 * Any user who reaches a debugger reads what this process decrypts.
 *
 * @throws UsageError
 */
export function requireNoDebugger(): void {
  if (url() === undefined) return
  throw new UsageError(
    'A debugger is open in keyhold itself. Start it without --inspect, and send it no SIGUSR1 while it starts.',
  )
}
