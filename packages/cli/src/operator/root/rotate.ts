import type { DataFolder } from '@keyhold/server'
import { Command } from 'commander'
import { dataOption } from '../../shared/data-options.ts'
import { printDone } from '../../terminal/print.ts'

export function rootRotateCommand(): Command {
  return new Command('rotate')
    .summary('replace the root of trust in every way to it')
    .description(
      'Makes a new root key, writes it to every way and root file, brings the database under it, and takes the old one away from\n' +
        'all of them. No way is opened for it: people and devices who hold one need not be there, and keep what they hold. Stop\n' +
        'every server on the folder first. Interrupted, the folder opens as before or with the new root, and the next call\n' +
        'finishes. The keys below the root stay: rotate-domain replaces those.',
    )
    .addOption(dataOption())
    .option('--json', 'print JSON')
    .action(rotate)
}

async function rotate({ data, json }: { data: DataFolder; json?: boolean }): Promise<void> {
  const { operator } = await import('@keyhold/server')
  const { generation, resumed } = await operator.rotateRoot(data)
  const how = resumed ? 'The rotation that was interrupted is finished: generation' : 'Generation'
  printDone(json, `${how} ${generation} of the root is in every way, and no other.`, { generation, resumed })
}
