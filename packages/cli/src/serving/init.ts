import { resolve } from 'node:path'
import { Command } from 'commander'
import { printLine } from '../descriptors/standard.ts'
import { printJson } from '../terminal/print.ts'
import { properties } from '../terminal/table.ts'
import { issue, keyLines, keyNote, type IssuedKey } from '../shared/issue.ts'
import { UsageError } from '../base/errors.ts'
import { credentialsFileOption, parseAccount, regionsOption } from '../shared/data-options.ts'

interface InitFlags {
  credentialsFile?: string
  rootFile?: string
  account?: string
  regions?: string[]
  /** False with --no-recovery. */
  recovery: boolean
  json?: boolean
}

export function initCommand(): Command {
  return new Command('init')
    .summary('make a data folder, its root of trust and its first administrator')
    .description(
      'Makes a data folder for keyhold serve. The root of trust is written beside it (DIR.root): those who have both have\n' +
        'every key, and without the root no key opens again. The access key of the first administrator is shown once.',
    )
    .argument('<dir>', 'the folder to make; it may exist, but only empty')
    .option('--no-recovery', 'let nothing open the keys when the root of trust is lost')
    .addOption(credentialsFileOption())
    .option('--root-file <file>', 'where to write the root of trust (default: DIR.root)')
    .option('--account <id>', 'the account id, 12 digits (default: random)', parseAccount)
    .addOption(regionsOption())
    .option('--json', 'print JSON')
    .action(init)
}

async function init(folder: string, flags: InitFlags): Promise<void> {
  if (flags.recovery) {
    throw new UsageError(
      'Say what happens when the root of trust is lost. With --no-recovery every key is lost with it: copy it.',
    )
  }
  const { initialize } = await import('@keyhold/server')
  const { made, key } = await issue(flags.credentialsFile, () =>
    initialize({
      folder,
      recovery: 'none',
      ...(flags.rootFile !== undefined && { rootFile: flags.rootFile }),
      ...(flags.account !== undefined && { accountId: flags.account }),
      ...(flags.regions && { regions: flags.regions }),
    }),
  )
  if (flags.json === true) {
    const { accountId, arn, rootFile } = made
    printJson({ dataFolder: resolve(folder), rootFile, accountId, administrator: arn, ...key })
  } else printLine(report(folder, made, key))
}

interface Made {
  accountId: string
  arn: string
  rootFile: string
}

function report(folder: string, { rootFile, accountId, arn }: Made, key: IssuedKey): string {
  const pairs: [string, string][] = [
    ['Data folder', resolve(folder)],
    ['Root of trust', rootFile],
    ['Account', accountId],
    ['Administrator', arn],
    ...keyLines(key),
  ]
  return (
    `${properties(pairs)}\n` +
    keyNote(key) +
    'Back the root of trust up apart from the data folder: without it no key opens again.' +
    `\nStart the service with: keyhold serve --data ${folder}`
  )
}
