import type { KmsConnection } from '@keyhold/client'
import { Command, InvalidArgumentError } from 'commander'
import { type ConnectionOptions, withConnectionOptions, connection } from '../shared/connection.ts'

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

/** A number of days. Which numbers an operation takes, the service says. */
export function wholeDays(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It must be a number of days.')
}

/** The KMS that the flags and the environment name. */
export async function keyService(flags: ConnectionOptions): Promise<KmsConnection> {
  const { kms } = await import('@keyhold/client')
  return kms(await connection(flags))
}
