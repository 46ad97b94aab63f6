import type { AcceptedRollback, ChangeNotMade, DataFolder } from '@keyhold/server'
import { Command } from 'commander'
import { printLine } from '../descriptors/standard.ts'
import { EXIT } from '../process/exit.ts'
import { dataOption } from '../shared/data-options.ts'
import { printJson } from '../terminal/print.ts'
import { printable } from '../terminal/printable.ts'
import { UsageError } from '../base/errors.ts'

interface Options {
  data: DataFolder
  audit?: string[] | undefined
  checkpointFile?: string | undefined
  yes?: boolean
  json?: boolean
}

/** How many entries of a list are printed; --json has up to 1000. */
const MOST_LINES = 100

export function acceptRollbackCommand(): Command {
  return new Command('accept-rollback')
    .summary('accept a database that was put back to an older state')
    .description(
      'The service refuses a database that is older than the audit log or a checkpoint of it. Put the newest one there if\n' +
        'there is one. Otherwise this goes on with the older one: what was deleted, disabled, revoked or forbidden since is\n' +
        'done again, as the audit log has it; what cannot be done again is listed. Waiting periods begin again. Stop every\n' +
        'server on the folder, and keep a copy of it. Exit code 8 when something could not be done that may have\n' +
        'forbidden more, or when changes have no record.',
    )
    .addOption(dataOption())
    .option('--audit <dir>', 'an audit folder of this data folder that survived elsewhere; can be repeated', append)
    .option('--checkpoint-file <file>', 'the checkpoint that is kept elsewhere')
    .option('--yes', 'accept the older database')
    .option('--json', 'print JSON')
    .action(accept)
}

function append(value: string, values: string[] = []): string[] {
  return [...values, value]
}

async function accept({ data, audit, checkpointFile, yes, json }: Options): Promise<void> {
  if (yes !== true)
    throw new UsageError(
      'Keys that were made since are lost with an older database. Say --yes if there is no newer one.',
    )
  const { operator } = await import('@keyhold/server')
  const accepted = await operator.acceptRollback(data, { audit, checkpointFile })
  if (json === true) printJson(accepted ?? {})
  else printLine(accepted === undefined ? NOTHING : describe(accepted))
  if (accepted !== undefined && accepted.failedCount + accepted.missingCount > 0) process.exitCode = EXIT.broken
}

const NOTHING = 'Nothing is known to be newer than the database: there is nothing to accept.'

function describe(accepted: AcceptedRollback): string {
  const { first, last, made, lost, lostCount, failed, failedCount, missing, missingCount } = accepted
  return [
    `Accepted: the database lacks changes ${first} to ${last}.`,
    `Made again: ${made}.`,
    ...list('Not made again, so that more may be allowed than before: check each.', failed, failedCount),
    ...(missingCount === 0
      ? []
      : [
          'Changes that have no record, so that it is unknown what they were:',
          ...missing.slice(0, MOST_LINES).map(range),
        ]),
    ...list('Lost with the newer database:', lost, lostCount),
  ].join('\n')
}

function list(title: string, changes: readonly ChangeNotMade[], count: number): string[] {
  if (count === 0) return []
  const shown = changes.slice(0, MOST_LINES)
  const rest = count - shown.length
  const lines = shown.map(
    ({ sequence, operation, subject, why }) =>
      `  ${sequence}  ${printable(operation)}  ${printable(subject)}  ${printable(why)}`,
  )
  return [title, ...lines, ...(rest === 0 ? [] : [`  and ${rest} more`])]
}

function range({ first, last }: { first: number; last: number }): string {
  return first === last ? `  ${first}` : `  ${first} to ${last}`
}
