import type { KmsConnection } from '@keyhold/client'
import type { Input, KeySpec, KeyUsageType, OriginType } from '@keyhold/protocol'
import type { Command } from 'commander'
import { UsageError } from '../base/errors.ts'
import { print, warn } from '../descriptors/standard.ts'
import { readPolicy } from '../shared/read-text.ts'
import { printJson } from '../terminal/print.ts'
import { keyService, type KeyFlags, keyVerb } from './verb.ts'
import { describeKey } from './look-up.ts'
import { aliasName } from './names.ts'
import { keyDetails } from './show-metadata.ts'
import { collectTag, tagList } from './tags.ts'

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
  if (flags.alias !== undefined) await requireFree(service, flags.alias)
  const { KeyMetadata: metadata } = await service.call('CreateKey', wanted)
  if (metadata === undefined) throw new Error('The service made a key but did not say which: see `keyhold key ls`.')
  if (flags.alias !== undefined) await nameKey(service, metadata.KeyId, flags.alias)
  const aliases = flags.alias === undefined ? [] : [flags.alias]
  if (flags.json === true) printJson({ ...metadata, Aliases: aliases })
  else print(keyDetails(metadata, aliases))
}

async function wantedKey(flags: CreateFlags): Promise<Input<'CreateKey'>> {
  const { description, spec, usage, origin, multiRegion, policy, tag } = flags
  return {
    Tags: tagList(tag),
    ...(description !== undefined && { Description: description }),
    ...(spec !== undefined && { KeySpec: spec }),
    ...(usage !== undefined && { KeyUsage: usage }),
    ...(origin !== undefined && { Origin: origin }),
    ...(multiRegion === true && { MultiRegion: true }),
    ...(policy !== undefined && { Policy: await readPolicy(policy) }),
  }
}

/**
 * A key that gets no alias would be an orphan, paid for and forgotten. A caller who may not describe keys learns it from
 * CreateAlias.
 */
async function requireFree(service: KmsConnection, alias: string): Promise<void> {
  const taken = await describeKey(service, alias).catch((error: Error & { code?: unknown }) => {
    if (error.code === 'NotFoundException' || error.code === 'AccessDeniedException') return undefined
    throw error
  })
  if (taken === undefined) return
  const next = `Choose another name, or make the key without one and move it: keyhold key alias move ${alias} KEY`
  throw new UsageError(`${alias} is taken: it names ${taken.KeyId}. No key was made. ${next}`)
}

/** The key exists by now, and may be in use by others who list keys: who made it decides whether it stays. */
async function nameKey(service: KmsConnection, keyId: string, alias: string): Promise<void> {
  try {
    await service.call('CreateAlias', { AliasName: alias, TargetKeyId: keyId })
  } catch (error) {
    const name = `keyhold key alias create NAME ${keyId}`
    warn(`keyhold: The key ${keyId} was made, but ${alias} was not. Name it: ${name}`)
    warn(`keyhold: Or take it back: keyhold key delete --days 7 ${keyId}`)
    throw error
  }
}

/**
 * A value as the API spells it, from any spelling of it: `sign-verify` for SIGN_VERIFY. Which values there are, the
 * service says: AWS adds some.
 */
function enumeration<T extends string>(text: string): T {
  return text.toUpperCase().replaceAll('-', '_') as T
}
