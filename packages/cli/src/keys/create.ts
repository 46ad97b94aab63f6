import { Command, InvalidArgumentError } from 'commander'
import type { KmsConnection } from '@keyhold/client'
import { type ConnectionOptions, withConnectionOptions } from '../connection.ts'
import { keyService } from './key-service.ts'
import { aliasName } from './names.ts'
import { keyDetails, printJson } from './show-metadata.ts'

interface CreateFlags extends ConnectionOptions {
  description?: string
  alias?: string
  tag: Record<string, string>
  json?: boolean
}

export function keyCreateCommand(): Command {
  const command = new Command('create')
    .summary('make a symmetric encryption key')
    .option('--description <text>', 'what the key is for')
    .option('--alias <name>', 'an alias for the key, with or without alias/ before it', aliasName)
    .option('--tag <key=value>', 'a tag; may be repeated', collectTag, {})
    .option('--json', 'print JSON')
    .action(create)
  return withConnectionOptions(command)
}

async function create(flags: CreateFlags): Promise<void> {
  const service = await keyService(flags)
  const { KeyMetadata: metadata } = await service.call('CreateKey', {
    Tags: Object.entries(flags.tag).map(([TagKey, TagValue]) => ({ TagKey, TagValue })),
    ...(flags.description !== undefined && { Description: flags.description }),
  })
  if (metadata === undefined) throw new Error('The service made a key but did not say which: see `keyhold key ls`.')
  if (flags.alias !== undefined) await nameKey(service, metadata.KeyId, flags.alias)
  const aliases = flags.alias === undefined ? [] : [flags.alias]
  if (flags.json === true) printJson({ ...metadata, Aliases: aliases })
  else process.stdout.write(keyDetails(metadata, aliases))
}

/** The key exists by now: when it cannot be named, whoever made it must learn which one it is. */
async function nameKey(service: KmsConnection, keyId: string, alias: string): Promise<void> {
  try {
    await service.call('CreateAlias', { AliasName: alias, TargetKeyId: keyId })
  } catch (error) {
    console.error(`The key ${keyId} was made, but not its alias. Next: keyhold key alias create NAME ${keyId}`)
    throw error
  }
}

function collectTag(text: string, tags: Record<string, string>): Record<string, string> {
  const [, key, value] = /^([^=]+)=(.*)$/s.exec(text) ?? []
  if (key === undefined || value === undefined) throw new InvalidArgumentError('A tag is KEY=VALUE.')
  if (Object.hasOwn(tags, key)) throw new InvalidArgumentError(`The tag ${key} is given twice.`)
  return Object.assign(Object.create(null) as Record<string, string>, tags, { [key]: value })
}
