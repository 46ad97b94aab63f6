import type { DataFolder, NewRootWay } from '@keyhold/server'
import { Command, Option } from 'commander'
import { dataOption } from '../../shared/data-options.ts'
import { printDone } from '../../terminal/print.ts'
import { printable } from '../../terminal/printable.ts'

/** What every command that adds a way takes. */
export interface AddFlags {
  data: DataFolder
  name: string
  form?: 'hybrid' | 'x25519'
  json?: boolean
}

/** A command that adds a way of a kind, without its own options. */
export function addedCommand(kind: string, summary: string): Command {
  return new Command(kind)
    .summary(summary)
    .addOption(dataOption())
    .requiredOption('--name <name>', 'what the way is called')
    .addOption(
      new Option('--form <form>', "of the way's key; x25519 where an age before 1.3 must read it")
        .choices(['hybrid', 'x25519'])
        .default('hybrid'),
    )
    .option('--json', 'print JSON')
}

/** Adds the way, and says so. */
export async function addWay(
  { data, name, form, json }: AddFlags,
  way: Pick<NewRootWay, 'kind' | 'settings'>,
): Promise<void> {
  const { operator } = await import('@keyhold/server')
  const added = await operator.addRootWay(data, { ...way, name, form } as NewRootWay)
  printDone(json, printable(`The way ${added.name} leads to the root: ${added.description}.`), { ...added })
}
