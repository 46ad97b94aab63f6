import type { DataFolder } from '@keyhold/server'
import { Command } from 'commander'
import { UsageError } from '../../base/errors.ts'
import { type SharesFlags, sharesOptions, wantedShares } from '../../recovery/options.ts'
import { dataOption } from '../../shared/data-options.ts'
import { printDone } from '../../terminal/print.ts'
import { printable } from '../../terminal/printable.ts'

interface Flags extends SharesFlags {
  data: DataFolder
  name: string
}

/** `operator root add shares`. */
export function addSharesCommand(): Command {
  const command = new Command('shares')
    .summary('recovery shares, some of which open the root together')
    .description(
      'Makes a new set of recovery shares and hands them out: a page for each holder in --shares-dir, encrypted with --share-to, or\n' +
        'one after the other on this terminal. A set that is there goes on opening the root until its way is removed, and\n' +
        'after that it still opens the copies and backups of before: destroy those, or the old shares.',
    )
    .addOption(dataOption())
    .option('--name <name>', 'what the way is called', 'recovery')
    .option('--json', 'print JSON')
  for (const option of sharesOptions()) command.addOption(option)
  return command.action(add)
}

async function add({ data, name, json, ...flags }: Flags): Promise<void> {
  const wanted = await wantedShares({ ...flags, ...(json !== undefined && { json }) })
  if (wanted === undefined) {
    throw new UsageError('Say how many shares there are and how many of them open: --shares 5 --threshold 3')
  }
  const { count, threshold, delivery } = wanted
  const { operator } = await import('@keyhold/server')
  const settings = { count, threshold, deliver: delivery.deliver.bind(delivery) }
  const way = await operator.addRootWay(data, { kind: 'shares', name, settings })
  const sentence = `Any ${threshold} of the ${count} shares of the way ${way.name} open the root. ${delivery.place}`
  printDone(json, printable(sentence), { ...way, shares: count, threshold, files: delivery.files })
}
