import type { DataFolder } from '@keyhold/server'
import { Command, InvalidArgumentError } from 'commander'
import { printLine } from '../../descriptors/standard.ts'
import { dataOption } from '../../shared/data-options.ts'
import { printJson } from '../../terminal/print.ts'
import { sizeOf } from './options.ts'

interface Flags {
  data: DataFolder
  to: string
  incremental?: boolean
  check: boolean
  keep?: number
  keepDays?: number
  json?: boolean
}

export function backupCommand(): Command {
  return new Command('backup')
    .summary('back up a data folder, encrypted, while it is in use')
    .description(
      'Writes the database, the audit log and the ways to the root as one encrypted file that age and tar open. It never\n' +
        'contains the root. The file gets its name once it was read again and its database agrees with its ledger.',
    )
    .addOption(dataOption())
    .requiredOption('--to <place>', 'an existing folder, or the file to make')
    .option('--incremental', 'only what changed since the newest backup, where that is possible')
    .option('--no-check', 'do not unpack the database to compare it with its ledger')
    .option('--keep <number>', 'remove all but so many of the newest backups, and what those need', parseCount)
    .option('--keep-days <number>', 'with --keep: and none that is younger', parseCount)
    .option('--json', 'print JSON')
    .action(backUp)
}

async function backUp({ data, to, incremental, check, keep, keepDays, json }: Flags): Promise<void> {
  const { backup } = await import('@keyhold/server')
  const made = await backup.make(data, {
    to,
    kind: incremental === true ? 'more' : 'full',
    opens: check,
    ...(keep !== undefined && { retention: { keep, keepDays } }),
  })
  const { file, bytes, description, isOpened, recipients, removed } = made
  const { backupId, revision, madeMs, base } = description
  if (json === true) {
    const time = new Date(madeMs).toISOString()
    const gone = removed.map((one) => one.file)
    printJson({
      file,
      bytes,
      backupId,
      base: base?.backupId,
      revision,
      time,
      checked: isOpened,
      recipients,
      removed: gone,
    })
    return
  }
  const kind = base === undefined ? 'everything' : `what changed since revision ${base.revision}`
  printLine(`${file}: ${kind}, up to revision ${revision}, in ${sizeOf(bytes)}, for ${recipients.length} recipients.`)
  printLine(
    isOpened
      ? 'It was read again, and its database opened: it agrees with its ledger.'
      : 'It was read again: it is what was written. A drill shows that it opens.',
  )
  for (const { file: old } of removed) printLine(`Removed ${old}.`)
}

function parseCount(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It must be a whole number from 1.')
}
