import type { DataFolder, Finding } from '@keyhold/server'
import { Command } from 'commander'
import { print, printLine } from '../descriptors/standard.ts'
import { EXIT } from '../process/exit.ts'
import { dataOption } from '../shared/data-options.ts'
import { toJsonLine } from '../terminal/print.ts'
import { printable } from '../terminal/printable.ts'

export function doctorCommand(): Command {
  return new Command('doctor')
    .summary('look for all that is wrong with a data folder, and say what to do')
    .description(
      'Examines a data folder: who can access its files, whether each way to the root of trust opens it, every row and every\n' +
        'sealed secret, rows that lead nowhere, the ledger of the database, the clock, the whole audit log, backups, keys that wait\n' +
        'beyond their date, and grants that earlier builds may have allowed by mistake. It prints one finding a line, with what to\n' +
        'do, and changes nothing. A server may be running on the folder. Exit code 8 when something is wrong.',
    )
    .addOption(dataOption())
    .option('--json', 'print JSON')
    .action(examine)
}

async function examine({ data, json }: { data: DataFolder; json?: boolean }): Promise<void> {
  const { operator } = await import('@keyhold/server')
  const advice: Finding[] = []
  let wrong = 0
  await operator.doctor(data, (finding) => {
    if (json === true) print(`${toJsonLine(finding)}\n`)
    else if (finding.weight === 'wrong') print(`${line(finding)}\n`)
    else advice.push(finding)
    if (finding.weight === 'wrong') wrong += 1
  })
  if (wrong > 0) process.exitCode = EXIT.broken
  if (json === true) return
  if (wrong === 0) printLine('Nothing is wrong.')
  for (const finding of advice) printLine(`advice: ${line(finding)}`)
}

function line({ check, message, remedy, facts }: Finding): string {
  const rest = Object.entries(facts).map(([name, value]) => `${name}=${value}`)
  return printable([check, `${message} ${remedy}`, ...rest].join('  '))
}
