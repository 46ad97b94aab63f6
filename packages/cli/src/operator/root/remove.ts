import { resolve } from 'node:path'
import type { DataFolder } from '@keyhold/server'
import { Command } from 'commander'
import { dataOption } from '../../shared/data-options.ts'
import { printDone } from '../../terminal/print.ts'

const STILL =
  'What it had still opens copies of the way in backups. Where someone else may have it: keyhold operator root rotate.'

export function rootRemoveCommand(): Command {
  return new Command('remove')
    .summary('remove a way to the root of trust')
    .description(
      'Removes a way, once another is shown to open the root or waits for a person; the last one stays. The root is the same\n' +
        'then: someone who copied the way and what opens it has the root. Only a rotation shuts them out.',
    )
    .argument('<way>', 'its name or id, as status lists it')
    .addOption(dataOption())
    .option('--destroy', 'also remove what the way has outside the folder, such as its root file or the key on a token')
    .option('--json', 'print JSON')
    .action(remove)
}

interface RemoveFlags {
  data: DataFolder
  destroy?: boolean
  json?: boolean
}

async function remove(way: string, { data, destroy, json }: RemoveFlags): Promise<void> {
  const { operator } = await import('@keyhold/server')
  const removed = await operator.removeRootWay(data, { way, ...(destroy === true && { destroy }) })
  const text = [`The way ${removed.name} is removed: ${removed.description}.`, STILL, ...removed.warnings]
  printDone(json, text.join(' '), { ...removed })
}

export function rootMoveCommand(): Command {
  return new Command('move')
    .summary('move a way to a new root file')
    .description(
      'Makes a new root file, shows that it opens the root, and removes the old way. A root file of an earlier Keyhold,\n' +
        'which status lists as root-file, becomes one that a rotation leaves as it is. Interrupted, both open. For another\n' +
        'kind of way: add it, and remove the old one.',
    )
    .argument('<way>', 'its name or id, as status lists it')
    .addOption(dataOption())
    .requiredOption('--to <file>', 'the root file to make; nothing is replaced')
    .option('--json', 'print JSON')
    .action(move)
}

async function move(way: string, { data, to, json }: { data: DataFolder; to: string; json?: boolean }): Promise<void> {
  const { operator } = await import('@keyhold/server')
  const { added, removed } = await operator.moveRootWay(data, { way, file: resolve(to) })
  const old =
    removed.kind === 'root-file-1'
      ? 'The old file still contains the root: destroy it, and rotate the root if someone else may have it.'
      : 'The old file opens nothing in this folder any more: delete it.'
  const text = [`The way ${added.name} is now ${added.description}.`, old, ...removed.warnings]
  printDone(json, text.join(' '), { added, removed })
}
