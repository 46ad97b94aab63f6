import type { Command } from 'commander'
import type { KmsConnection } from '@keyhold/client'
import { print } from '../descriptors/standard.ts'
import { printJson, printDone } from '../terminal/print.ts'
import { printable } from '../terminal/printable.ts'
import { keyService, KEY_HELP, type KeyFlags, keyVerb } from './verb.ts'
import { keyReference } from './look-up.ts'
import { regionOf } from './names.ts'
import { readPolicy } from '../shared/read-text.ts'

type PolicyFlags = KeyFlags & { put?: string }

export function keyPolicyCommand(): Command {
  return keyVerb('policy', "print a key's policy, or put another")
    .argument('<key>', KEY_HELP)
    .option('--put <file>', 'put this policy in the place of the one that is there; - for standard input')
    .action(policy)
}

async function policy(name: string, flags: PolicyFlags): Promise<void> {
  const text = flags.put === undefined ? undefined : await readPolicy(flags.put)
  const service = await keyService(flags)
  const key = await keyReference(service, name)
  await (text === undefined ? show(service, key, flags) : put(service, key, text, flags))
}

async function put(service: KmsConnection, key: string, text: string, { json }: PolicyFlags): Promise<void> {
  await service.call('PutKeyPolicy', { KeyId: key, Policy: text }, regionOf(key))
  printDone(json, `${key} has a new policy.`, { KeyId: key, Policy: text })
}

async function show(service: KmsConnection, key: string, { json }: PolicyFlags): Promise<void> {
  const { Policy = '' } = await service.call('GetKeyPolicy', { KeyId: key }, regionOf(key))
  if (json === true) printJson({ KeyId: key, Policy })
  else print(printableJson(Policy))
}

/**
 * JSON that a terminal can take and that says the same, so that it can be edited and put back: outside of strings there
 * is only white space (RFC 8259, section 2), and in strings `\u001b` encodes the character itself.
 */
function printableJson(text: string): string {
  const lines = text
    .trimEnd()
    .replaceAll('\t', '  ')
    .split(/\r?\n|\r/)
  return lines.map((line) => `${printable(line)}\n`).join('')
}
