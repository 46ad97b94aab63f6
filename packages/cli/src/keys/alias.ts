import { Command } from 'commander'
import { print, printLine } from '../descriptors/standard.ts'
import { printJson } from '../terminal/print.ts'
import { table } from '../terminal/table.ts'
import { keyService, type KeyFlags, keyVerb } from './verb.ts'
import { aliasesOf, keyReference } from './look-up.ts'
import { aliasName, regionOf } from './names.ts'

const NAME = 'with or without alias/ before it'
const KEY = 'key id, key ARN, or an alias of the key'

export function keyAliasCommand(): Command {
  return new Command('alias')
    .summary('name keys')
    .description('Names keys: an alias can be moved to another key, and every verb takes it for the key.')
    .addCommand(keyVerb('create', 'name a key').argument('<name>', NAME).argument('<key>', KEY).action(create))
    .addCommand(
      keyVerb('move', 'let an alias name another key').argument('<name>', NAME).argument('<key>', KEY).action(move),
    )
    .addCommand(keyVerb('delete', 'take an alias away; its key stays').argument('<name>', NAME).action(remove))
    .addCommand(keyVerb('ls', 'list aliases').argument('[key]', `only those of one key: ${KEY}`).action(ls))
}

async function create(name: string, key: string, flags: KeyFlags): Promise<void> {
  const service = await keyService(flags)
  const alias = { AliasName: aliasName(name), TargetKeyId: await keyReference(service, key) }
  await service.call('CreateAlias', alias, regionOf(alias.TargetKeyId))
  done(alias, flags)
}

async function move(name: string, key: string, flags: KeyFlags): Promise<void> {
  const service = await keyService(flags)
  const alias = { AliasName: aliasName(name), TargetKeyId: await keyReference(service, key) }
  await service.call('UpdateAlias', alias, regionOf(alias.TargetKeyId))
  done(alias, flags)
}

async function remove(name: string, flags: KeyFlags): Promise<void> {
  const service = await keyService(flags)
  const alias = { AliasName: aliasName(name) }
  await service.call('DeleteAlias', alias)
  if (flags.json === true) printJson(alias)
  else printLine(`${alias.AliasName} is gone; its key is as it was.`)
}

async function ls(key: string | undefined, flags: KeyFlags): Promise<void> {
  const service = await keyService(flags)
  const aliases = await aliasesOf(service, key === undefined ? undefined : await keyReference(service, key))
  if (flags.json === true) printJson(aliases)
  else
    print(
      table(
        ['alias', 'key'],
        aliases.map((alias) => [alias.AliasName ?? '', alias.TargetKeyId ?? '-']),
      ),
    )
}

function done(alias: { AliasName: string; TargetKeyId: string }, flags: KeyFlags): void {
  if (flags.json === true) printJson(alias)
  else printLine(`${alias.AliasName} names ${alias.TargetKeyId}`)
}
