import type { Command } from 'commander'
import type { KmsConnection } from '@keyhold/client'
import type { GetKeyRotationStatusResponse, KeyMetadata, Tag } from '@keyhold/protocol'
import { print } from '../descriptors/standard.ts'
import { printJson } from '../terminal/print.ts'
import { asked, isRotatable, type Problem } from './key-facts.ts'
import { keyService, KEY_HELP, type KeyFlags, keyVerb } from './verb.ts'
import { aliasesOf, describeKey, tagsOf } from './look-up.ts'
import { regionOf } from './names.ts'
import { keyDetails } from './show-metadata.ts'
import { schedule } from './show-rotation.ts'
import { tagText } from './tags.ts'

/** What the KMS says beside the metadata; what it would not say is absent, and among the problems. */
interface More {
  tags: readonly Tag[] | undefined
  /** Absent also for keys that the KMS does not rotate. */
  rotation: GetKeyRotationStatusResponse | undefined
  problems: readonly Problem[]
}

export function keyShowCommand(): Command {
  return keyVerb('show', 'show one key')
    .description('Shows what the KMS says of a key: its state, description, aliases, tags and rotation.')
    .argument('<key>', KEY_HELP)
    .action(show)
}

async function show(name: string, flags: KeyFlags): Promise<void> {
  const service = await keyService(flags)
  const metadata = await describeKey(service, name)
  const key = metadata.Arn ?? metadata.KeyId
  const aliases = (await aliasesOf(service, key)).map(({ AliasName }) => AliasName ?? '')
  const more = await moreOf(service, key, metadata)
  if (flags.json === true) printJson(asJson(metadata, aliases, more))
  else print(keyDetails(metadata, aliases, details(more)))
}

async function moreOf(service: KmsConnection, key: string, metadata: KeyMetadata): Promise<More> {
  const problems: Problem[] = []
  const tags = await asked('ListResourceTags', () => tagsOf(service, key), problems)
  const status = (): Promise<GetKeyRotationStatusResponse> =>
    service.call('GetKeyRotationStatus', { KeyId: key }, regionOf(key))
  const rotation = isRotatable(metadata) ? await asked('GetKeyRotationStatus', status, problems) : undefined
  return { tags, rotation, problems }
}

function details({ tags, rotation, problems }: More): [string, string | undefined][] {
  return [
    ['Tags', tags && (tagText(tags) || '-')],
    ['Rotation', rotation && schedule(rotation)],
    ['Next rotation', rotation?.NextRotationDate?.toISOString()],
    ['Not told', problems.map(({ operation, code }) => `${operation}: ${code}`).join(', ') || undefined],
  ]
}

function asJson(metadata: KeyMetadata, aliases: readonly string[], { tags, rotation, problems }: More): object {
  return {
    ...metadata,
    Aliases: aliases,
    ...(tags && { Tags: tags }),
    ...(rotation && { Rotation: rotation }),
    ...(problems.length > 0 && { Problems: problems }),
  }
}
