import { Command } from 'commander'
import { type ConnectionOptions, withConnectionOptions } from '../shared/connection.ts'

/** What every verb of `keyhold key` takes. */
export type KeyFlags = ConnectionOptions & { json?: boolean }

/** How to name a key. */
export const KEY_HELP = 'key id, key ARN, alias/NAME or alias ARN'

/** A verb that calls a KMS and can answer in JSON. */
export function keyVerb(name: string, summary: string): Command {
  return withConnectionOptions(
    new Command(name)
      .summary(summary)
      .description(`${summary[0]!.toUpperCase()}${summary.slice(1)}.`)
      .option('--json', 'print JSON'),
  )
}
