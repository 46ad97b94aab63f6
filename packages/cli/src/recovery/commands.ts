import { Command } from 'commander'
import { printLine } from '../descriptors/standard.ts'
import { EXIT } from '../process/exit.ts'
import { group } from '../shared/group.ts'
import { readWhole } from '../shared/input.ts'
import { printJson } from '../terminal/print.ts'
import { printable } from '../terminal/printable.ts'

/** Many times the size of a page. */
const MAX_PAGE_BYTES = 1024 * 1024

/** `keyhold operator recovery`. */
export function recoveryCommands(): Command {
  return group('recovery', 'check recovery shares', [checkCommand()])
}

function checkCommand(): Command {
  return new Command('check')
    .summary('check a recovery share without the others')
    .description(
      'Says whether a recovery share is sound: its page, its line or its words in a file, or - for standard input. Nothing\n' +
        'secret is shown, and no other share and no server are needed. With --data it also says whether the share is of a set\n' +
        'that opens that data folder, just as it was handed out. Exit code 8 when it is not good.',
    )
    .requiredOption('--share <file>', 'the file that has the share')
    .option('-d, --data <dir>', 'a data folder, or a copy of one, that the share is to open')
    .option('--json', 'print JSON')
    .action(check)
}

async function check({ share, data, json }: { share: string; data?: string; json?: boolean }): Promise<void> {
  const { recovery } = await import('@keyhold/server')
  const bytes = await readWhole(share, MAX_PAGE_BYTES, 'a recovery share')
  const checked = await recovery.check(Buffer.from(bytes).toString('latin1'), data)
  bytes.fill(0)
  if ('fault' in checked) process.exitCode = EXIT.broken
  if (json === true) return printJson(checked)
  if ('fault' in checked) return printLine(printable(`${share} ${checked.fault}.`))
  const { index, threshold, count, root, set, way } = checked
  const belongs = way === undefined ? '' : ` It is of the way ${way} of ${data}, as it was handed out.`
  printLine(
    printable(
      `Share ${index} of ${count} is sound: set ${set} of the root ${root}, which any ${threshold} shares open.${belongs}`,
    ),
  )
}
