import type { DataFolder, RequestRate } from '@keyhold/server'
import { Command, InvalidArgumentError } from 'commander'
import { print } from '../descriptors/standard.ts'
import { printDone, printJson } from '../terminal/print.ts'
import { dataOption } from '../shared/data-options.ts'
import { table } from '../terminal/table.ts'

interface Flags {
  data: DataFolder
  json?: boolean
}

/** Request rates are those of AWS unless an operator changes them. */
export function quotaCommand(): Command {
  return new Command('quota')
    .summary('show and change how many requests a second are admitted')
    .description(
      'Shows and changes how many requests per second one account may send to one Region. A server that runs on the\n' +
        'folder follows at once.',
    )
    .addCommand(showCommand())
    .addCommand(setCommand())
    .addCommand(resetCommand())
}

function showCommand(): Command {
  return new Command('show')
    .summary('list every rate')
    .description('Lists every rate: that of AWS, and the one that replaces it where an operator has changed it.')
    .addOption(dataOption())
    .option('--json', 'print JSON')
    .action(async ({ data, json }: Flags) => {
      const { operator } = await import('@keyhold/server')
      const rates = await operator.requestRates(data)
      if (json === true) printJson(rates)
      else print(asTable(rates))
    })
}

function setCommand(): Command {
  return new Command('set')
    .summary('change one rate')
    .description('Changes how many requests per second one account may send to one Region.')
    .argument('<rate>', 'as quota show calls it')
    .argument('<per-second>', 'requests per second; 0.25 is one in four seconds', parseRate)
    .addOption(dataOption())
    .option('--json', 'print JSON')
    .action(async (group: string, perSecond: number, { data, json }: Flags) => {
      const { operator } = await import('@keyhold/server')
      await operator.setRequestRate(data, { group, perSecond })
      printDone(json, `${group}: ${perSecond} requests per second.`, { group, perSecond })
    })
}

function resetCommand(): Command {
  return new Command('reset')
    .summary("take AWS's rate again")
    .description("Takes AWS's rate in the place of one that `keyhold operator quota set` changed.")
    .argument('<rate>', 'as quota show calls it')
    .addOption(dataOption())
    .option('--json', 'print JSON')
    .action(async (group: string, { data, json }: Flags) => {
      const { operator } = await import('@keyhold/server')
      await operator.setRequestRate(data, { group })
      printDone(json, `${group}: the usual rate.`, { group })
    })
}

function asTable(rates: readonly RequestRate[]): string {
  const rows = rates.map(({ group, usual, changed }) => [
    group,
    String(usual),
    changed === undefined ? '' : String(changed),
  ])
  return table(['rate', 'usual', 'changed'], rows)
}

function parseRate(text: string): number {
  if (/^\d{1,7}(\.\d{1,3})?$/.test(text)) return Number(text)
  throw new InvalidArgumentError('A request rate must be a number, such as 50 or 0.25.')
}
