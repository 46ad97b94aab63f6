import type { DataFolder } from '@keyhold/server'
import { Command } from 'commander'
import { print } from '../descriptors/standard.ts'
import { printDone, printJson } from '../terminal/print.ts'
import { dataOption } from '../shared/data-options.ts'
import { table } from '../terminal/table.ts'

export function regionLsCommand(): Command {
  return new Command('ls')
    .summary('list the Regions that exist')
    .description('Lists the Regions that exist, and which of them have keys.')
    .addOption(dataOption())
    .option('--json', 'print JSON')
    .action(async ({ data, json }: { data: DataFolder; json?: boolean }) => {
      const { operator } = await import('@keyhold/server')
      const regions = await operator.regions(data)
      const rows = regions.map(({ region, hasKeys }) => [region, hasKeys ? 'has keys' : ''])
      if (json === true) printJson(regions)
      else print(table(['region', ''], rows))
    })
}

export function regionAddCommand(): Command {
  return new Command('add')
    .summary('name one more Region')
    .description(
      'Names one more Region, to which requests can be signed. A server that runs on the folder follows at once.',
    )
    .argument('<region>', 'such as eu-central-1')
    .addOption(dataOption())
    .option('--json', 'print JSON')
    .action(async (region: string, { data, json }: { data: DataFolder; json?: boolean }) => {
      const { operator } = await import('@keyhold/server')
      const added = await operator.addRegion(data, region)
      printDone(json, added ? `${region} exists now.` : `${region} exists already.`, {
        region,
        exists: true,
        changed: added,
      })
    })
}

export function regionRemoveCommand(): Command {
  return new Command('remove')
    .summary('take away a Region that has no keys')
    .description(
      'Takes away a Region: requests that are signed for it are refused. One that has keys cannot be taken away.',
    )
    .argument('<region>', 'as region ls calls it')
    .addOption(dataOption())
    .option('--json', 'print JSON')
    .action(async (region: string, { data, json }: { data: DataFolder; json?: boolean }) => {
      const { operator } = await import('@keyhold/server')
      await operator.removeRegion(data, region)
      printDone(json, `${region} is removed.`, { region, exists: false })
    })
}
