import { UsageError } from '../base/errors.ts'

/** Options of Node. It takes underscores for dashes, and the rest from the next word. */
const FLAGS = /(?:^|\s)--(?:tls[-_]keylog|trace[-_]tls)(?=[=\s]|$)/

/**
 * With these options Node writes the secrets of TLS connections to a file, or what is sent on them to standard error.
 *
 * @throws UsageError
 */
export function requireNoKeyLog(
  execArgv: readonly string[] = process.execArgv,
  { NODE_OPTIONS: options = '' }: NodeJS.ProcessEnv = process.env,
): void {
  if (![...execArgv, options].some((text) => FLAGS.test(text))) return
  throw new UsageError(
    'Node would write down the secrets of TLS connections. Start it without --tls-keylog and --trace-tls.',
  )
}
