import type { Command } from 'commander'
import { group } from '../../shared/group.ts'
import { configCheckCommand } from './check.ts'
import { configSchemaCommand } from './schema.ts'
import { configShowCommand } from './show.ts'

/** `keyhold config`. */
export function configCommands(): Command {
  return group('config', 'check and show the settings of serve and dev', [
    configCheckCommand(),
    configShowCommand(),
    configSchemaCommand(),
  ])
}
