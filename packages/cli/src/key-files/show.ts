import { Command } from 'commander'
import { showKeyFile } from './description.ts'

export function keyFileShowCommand(): Command {
  return new Command('show')
    .summary('show which keys open a key file')
    .description('Shows what a key file says about itself. Needs no key: so nothing in it is verified.')
    .argument('<file>', 'the key file')
    .option('--json', 'print JSON')
    .action(show)
}

async function show(path: string, { json }: { json?: boolean }): Promise<void> {
  const { keyNames, readKeyFile } = await import('@keyhold/client')
  const file = await readKeyFile(path)
  showKeyFile(file, keyNames(file), json)
}
