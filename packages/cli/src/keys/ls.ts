import type { KeyMetadata } from '@keyhold/protocol'
import { Command } from 'commander'
import { table } from '../terminal/table.ts'
import type { KmsConnection } from '@keyhold/client'
import { type ConnectionOptions, withConnectionOptions } from '../connection.ts'
import { keyService } from './key-service.ts'
import { aliasesOf, describeKey, listKeys } from './look-up.ts'
import { printJson } from './show-metadata.ts'

/** Keys asked about at once: polite to AWS's limits, and quick enough for hundreds of keys. */
const AT_ONCE = 8

interface ListedKey extends KeyMetadata {
  Aliases: string[]
}

export function keyLsCommand(): Command {
  const command = new Command('ls')
    .summary('list the keys of the account and region')
    .option('--json', 'print JSON')
    .action(ls)
  return withConnectionOptions(command)
}

async function ls(flags: ConnectionOptions & { json?: boolean }): Promise<void> {
  const keys = await describeAll(await keyService(flags))
  if (flags.json === true) printJson(keys)
  else process.stdout.write(listing(keys))
}

function listing(keys: readonly ListedKey[]): string {
  if (keys.length === 0) return 'No keys yet. Make one with: keyhold key create --alias NAME\n'
  const rows = keys.map((key) => [key.KeyId, key.KeyState ?? '-', key.Aliases.join(',') || '-', key.Description ?? ''])
  return table(['key', 'state', 'aliases', 'description'], rows)
}

async function describeAll(service: KmsConnection): Promise<ListedKey[]> {
  const [keys, aliases] = [await listKeys(service), await aliasesOf(service)]
  const names = (keyId: string): string[] =>
    aliases.filter(({ TargetKeyId }) => TargetKeyId === keyId).map(({ AliasName }) => AliasName ?? '')
  const found: ListedKey[] = []
  for (let start = 0; start < keys.length; start += AT_ONCE) {
    const batch = keys.slice(start, start + AT_ONCE).map(({ KeyId = '' }) => describeKey(service, KeyId))
    for (const key of await Promise.all(batch)) found.push({ ...key, Aliases: names(key.KeyId) })
  }
  return found
}
