import type { Finding } from '@keyhold/server'
import { Command } from 'commander'
import { print, printLine } from '../descriptors/standard.ts'
import { EXIT } from '../process/exit.ts'
import { dataOption } from '../shared/data-options.ts'
import { toJsonLine } from '../terminal/print.ts'
import { printable } from '../terminal/printable.ts'

export function doctorCommand(): Command {
  return new Command('doctor')
    .summary('look for what should not be in a data folder')
    .description(
      'Looks through a data folder for what faults of earlier builds may have left, such as grants that an account issued\n' +
        'on the key of another one without a right to, for keys and expired key material that wait beyond their date, and for\n' +
        'changes that Keyhold did not make to the database. It prints one finding a line.\n' +
        'A server may be running on the folder. Exit code 8 when anything was found. Whether the audit log is sound, `keyhold audit verify` says.',
    )
    .addOption(dataOption())
    .option('--json', 'print JSON')
    .action(examine)
}

async function examine({ data, json }: { data: string; json?: boolean }): Promise<void> {
  const { operator } = await import('@keyhold/server')
  let count = 0
  await operator.doctor(data, (finding) => {
    count += 1
    print(`${json === true ? toJsonLine(finding) : line(finding)}\n`)
  })
  if (count > 0) process.exitCode = EXIT.broken
  else if (json !== true) printLine('Nothing was found.')
}

function line({ check, message, facts }: Finding): string {
  const rest = Object.entries(facts).map(([name, value]) => `${name}=${value}`)
  return printable([check, message, ...rest].join('  '))
}
