import type { Command } from 'commander'
import { keyService, KEY_HELP, type KeyFlags, keyVerb } from './verb.ts'
import { keyReference } from './look-up.ts'
import { regionOf } from './names.ts'
import { printDone } from '../terminal/print.ts'

export function keyEnableCommand(): Command {
  return keyVerb('enable', 'let a disabled key be used again').argument('<key>', KEY_HELP).action(enable)
}

export function keyDisableCommand(): Command {
  return keyVerb('disable', 'stop all use of a key until it is enabled').argument('<key>', KEY_HELP).action(disable)
}

async function enable(name: string, flags: KeyFlags): Promise<void> {
  const service = await keyService(flags)
  const key = await keyReference(service, name)
  await service.call('EnableKey', { KeyId: key }, regionOf(key))
  printDone(flags.json, `${key} is enabled.`, { KeyId: key, Enabled: true })
}

async function disable(name: string, flags: KeyFlags): Promise<void> {
  const service = await keyService(flags)
  const key = await keyReference(service, name)
  await service.call('DisableKey', { KeyId: key }, regionOf(key))
  printDone(flags.json, `${key} is disabled.`, { KeyId: key, Enabled: false })
}
