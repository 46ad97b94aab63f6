import type { RequestRate } from '@keyhold/server'
import { Command, InvalidArgumentError } from 'commander'
import { dataOption } from '../serving/options.ts'
import { printJson } from '../terminal/json.ts'
import { table } from '../terminal/table.ts'

interface Flags {
  data: string
  json?: boolean
}

const EXAMPLES = `
Examples:
  keyhold operator quota show --data DIR
  keyhold operator quota set CreateKey 50 --data DIR
  keyhold operator quota reset CreateKey --data DIR`

/** Request rates are those of AWS unless an operator changes them. */
export function quotaCommand(): Command {
  return new Command('quota')
    .summary('show and change how many requests a second are admitted')
    .description(
      'Shows and changes how many requests per second one account may send to one Region. A server that runs on the\n' +
        'folder follows at once.',
    )
    .addHelpText('after', EXAMPLES)
    .addCommand(showCommand())
    .addCommand(setCommand())
    .addCommand(resetCommand())
}

function showCommand(): Command {
  return new Command('show')
    .summary('list every rate')
    .addOption(dataOption())
    .option('--json', 'print JSON')
    .action(async ({ data, json }: Flags) => {
      const { operator } = await import('@keyhold/server')
      const rates = await operator.requestRates(data)
      if (json === true) printJson(rates)
      else process.stdout.write(asTable(rates))
    })
}

function setCommand(): Command {
  return new Command('set')
    .summary('change one rate')
    .argument('<rate>', 'as quota show calls it')
    .argument('<per-second>', 'requests per second; 0.25 is one in four seconds', parseRate)
    .addOption(dataOption())
    .action(async (group: string, perSecond: number, { data }: Flags) => {
      const { operator } = await import('@keyhold/server')
      await operator.setRequestRate(data, { group, perSecond })
      console.log(`${group}: ${perSecond} requests per second.`)
    })
}

function resetCommand(): Command {
  return new Command('reset')
    .summary("take AWS's rate again")
    .argument('<rate>', 'as quota show calls it')
    .addOption(dataOption())
    .action(async (group: string, { data }: Flags) => {
      const { operator } = await import('@keyhold/server')
      await operator.setRequestRate(data, { group })
      console.log(`${group}: the usual rate.`)
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
  throw new InvalidArgumentError('A rate is a number such as 50 or 0.25.')
}
