import type { KeyMetadata } from '@keyhold/protocol'
import { Command } from 'commander'
import { print } from '../descriptors/standard.ts'
import { table } from '../terminal/table.ts'
import type { KmsConnection } from '@keyhold/client'
import { type ConnectionOptions, withConnectionOptions } from '../shared/connection.ts'
import { printJson } from '../terminal/print.ts'
import { keyService } from './verb.ts'
import { inBatches } from './in-batches.ts'
import { aliasesOf, describeKey, listKeys, namesOf } from './look-up.ts'

interface ListedKey extends KeyMetadata {
  Aliases: string[]
}

export function keyLsCommand(): Command {
  const command = new Command('ls')
    .summary('list the keys of the account and region')
    .description('Lists the keys of the account and region, with their aliases.')
    .option('--json', 'print JSON')
    .action(ls)
  return withConnectionOptions(command)
}

async function ls(flags: ConnectionOptions & { json?: boolean }): Promise<void> {
  const keys = await describeAll(await keyService(flags))
  if (flags.json === true) printJson(keys)
  else print(listing(keys))
}

function listing(keys: readonly ListedKey[]): string {
  if (keys.length === 0) return 'No keys yet. Make one with: keyhold key create --alias NAME\n'
  const rows = keys.map((key) => [key.KeyId, key.KeyState ?? '-', key.Aliases.join(',') || '-', key.Description ?? ''])
  return table(['key', 'state', 'aliases', 'description'], rows)
}

async function describeAll(service: KmsConnection): Promise<ListedKey[]> {
  const [keys, aliases] = [await listKeys(service), await aliasesOf(service)]
  return inBatches(keys, async ({ KeyId = '' }) => {
    const key = await describeKey(service, KeyId)
    return { ...key, Aliases: namesOf(aliases, key.KeyId) }
  })
}
