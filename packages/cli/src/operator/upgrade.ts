import type { DataFolder } from '@keyhold/server'
import { Command } from 'commander'
import { UsageError } from '../base/errors.ts'
import { dataOption } from '../shared/data-options.ts'
import { printDone } from '../terminal/print.ts'

interface Flags {
  data: DataFolder
  undo?: boolean
  loseChanges?: boolean
  json?: boolean
}

export function upgradeCommand(): Command {
  return new Command('upgrade')
    .summary('bring a data folder of an earlier Keyhold up to date')
    .description(
      '`keyhold serve` refuses a data folder that an earlier Keyhold made in another form. Stop every\n' +
        'server on it; this then copies the folder beside itself (DIR.before-upgrade), changes it, and\n' +
        'examines everything in it. If anything is wrong then, the folder is put back as it was. --undo\n' +
        'puts it back later, for the Keyhold that made it: remove the copy once you are sure that you do\n' +
        'not need it. It opens every key that the folder had then, also keys that were deleted since.',
    )
    .addOption(dataOption())
    .option('--undo', 'put the folder back as it was before the upgrade')
    .option('--lose-changes', 'with --undo: also when something was changed since')
    .option('--json', 'print JSON')
    .action(upgrade)
}

async function upgrade({ data, undo = false, loseChanges = false, json }: Flags): Promise<void> {
  if (loseChanges && !undo) throw new UsageError('--lose-changes needs --undo.')
  const { operator } = await import('@keyhold/server')
  if (undo) {
    const upgraded = await operator.undoUpgrade(data, { loseChanges })
    printDone(json, `The folder is as it was before the upgrade. The upgraded one is ${upgraded}.`, { upgraded })
    return
  }
  const { earlier } = await operator.upgrade(data)
  const done =
    earlier === undefined
      ? 'The folder is up to date.'
      : `The folder is up to date. As it was, it is ${earlier}: --undo puts it back.`
  printDone(json, done, { earlier: earlier ?? null })
}
