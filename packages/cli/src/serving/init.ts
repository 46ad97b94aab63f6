import { resolve } from 'node:path'
import { Command } from 'commander'
import { printLine } from '../descriptors/standard.ts'
import { printJson } from '../terminal/print.ts'
import { properties } from '../terminal/table.ts'
import { issue, keyLines, keyNote, type IssuedKey } from '../shared/issue.ts'
import { UsageError } from '../base/errors.ts'
import { type SharesFlags, sharesOptions, type WantedShares, wantedShares } from '../recovery/options.ts'
import { credentialsFileOption, parseAccount, regionsOption } from '../shared/data-options.ts'

interface InitFlags extends SharesFlags {
  credentialsFile?: string
  rootFile?: string
  backupRecipient?: string[]
  account?: string
  regions?: string[]
  /** False with --no-recovery. */
  recovery: boolean
  json?: boolean
}

export function initCommand(): Command {
  const command = new Command('init')
    .summary('make a data folder, its root of trust and its first administrator')
    .description(
      'Makes a data folder for keyhold serve. The root of trust is written beside it (DIR.root): those who have both have\n' +
        'every key. Recovery shares are for people: together they open a copy of the data folder when the root of trust is lost.\n' +
        'Say --shares and --threshold, or --no-recovery. The access key of the first administrator is shown once.',
    )
    .argument('<dir>', 'the folder to make; it may exist, but only empty')
  for (const option of sharesOptions()) command.addOption(option)
  return command
    .option('--no-recovery', 'make no recovery shares: nothing opens the keys when the root of trust is lost')
    .addOption(credentialsFileOption())
    .option(
      '--backup-recipient <recipient>',
      'who can open backups: age1… (repeatable; recovery shares can, too)',
      (one: string, before: string[] | undefined) => [...(before ?? []), one],
    )
    .option('--root-file <file>', 'where to write the root of trust (default: DIR.root)')
    .option('--account <id>', 'the account id, 12 digits (default: random)', parseAccount)
    .addOption(regionsOption())
    .option('--json', 'print JSON')
    .action(init)
}

async function init(folder: string, flags: InitFlags): Promise<void> {
  const shares = await requireRecovery(flags)
  const { initialize } = await import('@keyhold/server')
  const { made, key } = await issue(flags.credentialsFile, () =>
    initialize({
      folder,
      recovery: shares === undefined ? 'none' : { ...shares, deliver: (handed) => shares.delivery.deliver(handed) },
      ...(flags.backupRecipient && { backupRecipients: flags.backupRecipient }),
      ...(flags.rootFile !== undefined && { rootFile: flags.rootFile }),
      ...(flags.account !== undefined && { accountId: flags.account }),
      ...(flags.regions && { regions: flags.regions }),
    }),
  )
  if (flags.json === true) {
    const { accountId, arn, rootFile } = made
    const { count, threshold, delivery } = shares ?? {}
    const recovery = shares === undefined ? 'none' : { shares: count, threshold, files: delivery?.files }
    printJson({ dataFolder: resolve(folder), rootFile, recovery, accountId, administrator: arn, ...key })
  } else printLine(report(folder, made, key, shares))
}

/** What is to open the keys when the root of trust is lost: shares, or `undefined` when nothing is. */
async function requireRecovery(flags: InitFlags): Promise<WantedShares | undefined> {
  const shares = await wantedShares(flags)
  if (shares === undefined && flags.recovery) {
    throw new UsageError(
      'Say what opens the keys when the root of trust is lost: --shares 5 --threshold 3 gives five people a share each, any ' +
        'three of which open them; with --no-recovery nothing does.',
    )
  }
  if (shares !== undefined && !flags.recovery) throw new UsageError('Say either --shares or --no-recovery.')
  return shares
}

interface Made {
  accountId: string
  arn: string
  rootFile: string
}

function report(
  folder: string,
  { rootFile, accountId, arn }: Made,
  key: IssuedKey,
  shares: WantedShares | undefined,
): string {
  const pairs: [string, string][] = [
    ['Data folder', resolve(folder)],
    ['Root of trust', rootFile],
    ['Recovery', shares === undefined ? 'none' : `any ${shares.threshold} of ${shares.count} shares`],
    ['Account', accountId],
    ['Administrator', arn],
    ...keyLines(key),
  ]
  const apart =
    shares === undefined
      ? 'Back the root of trust up apart from the data folder: without it no key opens again.'
      : `Shares: ${shares.delivery.place}\nThey open copies of the data folder: keep some, and the root of trust apart from them.`
  return `${properties(pairs)}\n${keyNote(key)}${apart}\nStart the service with: keyhold serve --data ${folder}`
}
