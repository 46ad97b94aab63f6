import { type Command, Option } from 'commander'
import type { KmsConnection } from '@keyhold/client'
import { print } from '../descriptors/standard.ts'
import { printJson } from '../terminal/print.ts'
import { keyService, KEY_HELP, type KeyFlags, keyVerb, wholeDays } from './verb.ts'
import { keyReference, rotationsOf } from './look-up.ts'
import { regionOf } from './names.ts'
import { type KeyRotation, rotationDetails } from './show-rotation.ts'

interface RotateFlags extends KeyFlags {
  onDemand?: boolean
  every?: number
  off?: boolean
}

export function keyRotateCommand(): Command {
  return keyVerb('rotate', 'rotate a key, or show its rotations')
    .description(
      'Rotates a key now, or sets how often it is; then shows how it is rotated, and every material it has had. Without\n' +
        '--on-demand, --every and --off it only shows that. Whatever an earlier material encrypted still opens.',
    )
    .argument('<key>', KEY_HELP)
    .addOption(new Option('--on-demand', 'rotate it now').conflicts(['every', 'off']))
    .addOption(
      new Option('--every <days>', 'rotate it by itself, this often')
        .argParser(wholeDays)
        .conflicts(['onDemand', 'off']),
    )
    .addOption(new Option('--off', 'rotate it no longer by itself').conflicts(['onDemand', 'every']))
    .action(rotate)
}

async function rotate(name: string, flags: RotateFlags): Promise<void> {
  const service = await keyService(flags)
  const key = await keyReference(service, name)
  await change(service, key, flags)
  const rotation = await rotationOf(service, key)
  if (flags.json === true) printJson(rotation)
  else print(rotationDetails(rotation))
}

async function change(service: KmsConnection, key: string, { onDemand, every, off }: RotateFlags): Promise<void> {
  const options = regionOf(key)
  if (onDemand === true) await service.call('RotateKeyOnDemand', { KeyId: key }, options)
  if (every !== undefined) await service.call('EnableKeyRotation', { KeyId: key, RotationPeriodInDays: every }, options)
  if (off === true) await service.call('DisableKeyRotation', { KeyId: key }, options)
}

async function rotationOf(service: KmsConnection, key: string): Promise<KeyRotation> {
  const status = await service.call('GetKeyRotationStatus', { KeyId: key }, regionOf(key))
  return { KeyId: key, ...status, Rotations: await rotationsOf(service, key) }
}
