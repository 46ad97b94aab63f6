import { type Command, InvalidArgumentError } from 'commander'
import type { KmsConnection } from '@keyhold/client'
import type { Input, KeySpec, KeyUsageType, OriginType } from '@keyhold/protocol'
import { printJson } from '../terminal/json.ts'
import { enumeration } from './enumeration.ts'
import { keyService } from './key-service.ts'
import { aliasName } from './names.ts'
import { readPolicy } from './policy-file.ts'
import { keyDetails } from './show-metadata.ts'
import { type KeyFlags, keyVerb } from './verb.ts'

interface CreateFlags extends KeyFlags {
  description?: string
  alias?: string
  spec?: KeySpec
  usage?: KeyUsageType
  origin?: OriginType
  multiRegion?: boolean
  policy?: string
  tag: Record<string, string>
}

export function keyCreateCommand(): Command {
  return keyVerb('create', 'make a key')
    .description('Makes a key: a symmetric encryption key unless --spec names another kind.')
    .option('--description <text>', 'what the key is for')
    .option('--alias <name>', 'an alias for the key, with or without alias/ before it', aliasName)
    .option('--spec <spec>', 'the kind of key, such as rsa-3072 or hmac-256', enumeration<KeySpec>)
    .option('--usage <usage>', 'what it does, such as sign-verify; asymmetric keys need it', enumeration<KeyUsageType>)
    .option('--origin <origin>', 'external: without key material, which you import', enumeration<OriginType>)
    .option('--multi-region', 'a primary key that can be replicated to other regions')
    .option('--policy <file>', 'the key policy, - for standard input (default: the account decides)')
    .option('--tag <key=value>', 'a tag; may be repeated', collectTag, {})
    .action(create)
}

async function create(flags: CreateFlags): Promise<void> {
  const wanted = await wantedKey(flags)
  const service = await keyService(flags)
  const { KeyMetadata: metadata } = await service.call('CreateKey', wanted)
  if (metadata === undefined) throw new Error('The service made a key but did not say which: see `keyhold key ls`.')
  if (flags.alias !== undefined) await nameKey(service, metadata.KeyId, flags.alias)
  const aliases = flags.alias === undefined ? [] : [flags.alias]
  if (flags.json === true) printJson({ ...metadata, Aliases: aliases })
  else process.stdout.write(keyDetails(metadata, aliases))
}

async function wantedKey(flags: CreateFlags): Promise<Input<'CreateKey'>> {
  const { description, spec, usage, origin, multiRegion, policy, tag } = flags
  return {
    Tags: Object.entries(tag).map(([TagKey, TagValue]) => ({ TagKey, TagValue })),
    ...(description !== undefined && { Description: description }),
    ...(spec !== undefined && { KeySpec: spec }),
    ...(usage !== undefined && { KeyUsage: usage }),
    ...(origin !== undefined && { Origin: origin }),
    ...(multiRegion === true && { MultiRegion: true }),
    ...(policy !== undefined && { Policy: await readPolicy(policy) }),
  }
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
