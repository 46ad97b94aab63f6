import type { Command } from 'commander'
import { printDone } from '../terminal/print.ts'
import { keyService, KEY_HELP, type KeyFlags, keyVerb } from './verb.ts'
import { keyReference } from './look-up.ts'
import { regionOf } from './names.ts'

export function keyDescribeCommand(): Command {
  return keyVerb('describe', "change a key's description")
    .description('Changes the description of a key, for people. `keyhold key show` shows it; an empty one removes it.')
    .argument('<key>', KEY_HELP)
    .argument('<text>', 'what the key is for')
    .action(describe)
}

async function describe(name: string, text: string, flags: KeyFlags): Promise<void> {
  const service = await keyService(flags)
  const key = await keyReference(service, name)
  const input = { KeyId: key, Description: text }
  await service.call('UpdateKeyDescription', input, regionOf(key))
  printDone(flags.json, text === '' ? `${key} has no description.` : `${key} is described as: ${text}`, input)
}
