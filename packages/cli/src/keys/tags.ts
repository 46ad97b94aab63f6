import { InvalidArgumentError } from 'commander'
import type { Command } from 'commander'
import type { Tag } from '@keyhold/protocol'
import { printDone } from '../terminal/print.ts'
import { keyService, KEY_HELP, type KeyFlags, keyVerb } from './verb.ts'
import { keyReference } from './look-up.ts'
import { regionOf } from './names.ts'

export function keyTagCommand(): Command {
  return keyVerb('tag', 'put tags on a key')
    .description('Puts tags on a key. A tag that it has already gets the new value; the others stay as they are.')
    .argument('<key>', KEY_HELP)
    .argument('<key=value...>', 'the tags', collectTag)
    .action(tag)
}

export function keyUntagCommand(): Command {
  return keyVerb('untag', 'take tags from a key')
    .description('Takes tags from a key. A tag that it does not have is no failure.')
    .argument('<key>', KEY_HELP)
    .argument('<tag-key...>', 'the keys of the tags')
    .action(untag)
}

async function tag(name: string, tags: Readonly<Record<string, string>>, flags: KeyFlags): Promise<void> {
  const service = await keyService(flags)
  const key = await keyReference(service, name)
  const input = { KeyId: key, Tags: tagList(tags) }
  await service.call('TagResource', input, regionOf(key))
  printDone(flags.json, `${key} has the tags ${tagText(input.Tags)}.`, input)
}

async function untag(name: string, keys: readonly string[], flags: KeyFlags): Promise<void> {
  const service = await keyService(flags)
  const key = await keyReference(service, name)
  const input = { KeyId: key, TagKeys: [...keys] }
  await service.call('UntagResource', input, regionOf(key))
  printDone(flags.json, `${key} does not have the tags ${keys.join(', ')}.`, input)
}

/** Tags in the words of the API. */
export function tagList(tags: Readonly<Record<string, string>>): Tag[] {
  return Object.entries(tags).map(([TagKey, TagValue]) => ({ TagKey, TagValue }))
}

/** Tags for a terminal. */
export function tagText(tags: readonly Tag[]): string {
  return tags.map(({ TagKey, TagValue }) => `${TagKey}=${TagValue}`).join(', ')
}

/** For `KEY=VALUE`, repeated: every key once. */
export function collectTag(text: string, previous: unknown): Record<string, string> {
  const tags = (previous ?? {}) as Readonly<Record<string, string>>
  const [, key, value] = /^([^=]+)=(.*)$/s.exec(text) ?? []
  if (key === undefined || value === undefined) throw new InvalidArgumentError('A tag is KEY=VALUE.')
  if (Object.hasOwn(tags, key)) throw new InvalidArgumentError(`The tag ${key} is given twice.`)
  return Object.assign(Object.create(null) as Record<string, string>, tags, { [key]: value })
}
