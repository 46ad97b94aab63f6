import { Command } from 'commander'
import { printJson } from '../terminal/json.ts'
import { aliasesOf, describeKey } from './look-up.ts'
import { type ConnectionOptions, withConnectionOptions } from '../connection.ts'
import { keyService } from './key-service.ts'
import { keyDetails } from './show-metadata.ts'

export function keyShowCommand(): Command {
  const command = new Command('show')
    .summary('show one key')
    .argument('<key>', 'key id, key ARN, alias/NAME or alias ARN')
    .option('--json', 'print JSON')
    .action(show)
  return withConnectionOptions(command)
}

async function show(key: string, flags: ConnectionOptions & { json?: boolean }): Promise<void> {
  const service = await keyService(flags)
  const metadata = await describeKey(service, key)
  const aliases = (await aliasesOf(service, metadata.Arn ?? metadata.KeyId)).map(({ AliasName }) => AliasName ?? '')
  if (flags.json === true) printJson({ ...metadata, Aliases: aliases })
  else process.stdout.write(keyDetails(metadata, aliases))
}
