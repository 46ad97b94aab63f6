import type { Command } from 'commander'
import { UsageError } from '../base/errors.ts'
import type { Fault } from './fault.ts'
import { readConfigurationFile } from './file.ts'
import { readSecretFile } from './guarded-file.ts'
import { CONFIG_VARIABLE, flagsOf } from './options.ts'
import { type Settings, SETTINGS } from './settings.ts'
import { settle, type Settled } from './settle.ts'
import type { Verb } from './setting.ts'

/** The configuration of a command, with all that is wrong with it. Rejects when the file itself cannot be read. */
export async function settledConfiguration(verb: Verb, command: Command): Promise<Settled> {
  const { config } = command.opts<{ config?: string }>()
  const named = config ?? (process.env[CONFIG_VARIABLE] || undefined)
  const file = named === undefined ? undefined : await readConfigurationFile(named, SETTINGS)
  const flags = flagsOf(command, SETTINGS)
  return settle(SETTINGS, verb, { flags, env: process.env, file, readSecret: readSecretFile })
}

/**
 * The settings of a command, from its flags, its variables and its configuration file. To be called again for what the file says
 * later.
 *
 * @throws UsageError that says all that is wrong; what reading the file throws.
 */
export async function settingsOf<V extends Verb>(verb: V, command: Command): Promise<Settings<V>> {
  const { values, faults } = await settledConfiguration(verb, command)
  if (faults.length > 0) throw unusable(faults)
  return values as Settings<V>
}

/** The refusal of settings, with a line for each fault. */
export function unusable(faults: readonly Fault[]): UsageError {
  return new UsageError('The settings cannot be used.', {
    lines: faults.map(({ where, message }) => `${where}: ${message}`),
  })
}
