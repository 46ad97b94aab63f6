import type { Command } from 'commander'
import { recoveryKeyCreateCommand } from './create.ts'
import { group } from '../shared/group.ts'

/** `keyhold recovery-key`. */
export function recoveryKeyCommands(): Command {
  return group('recovery-key', 'a key kept away that opens files without any KMS', [recoveryKeyCreateCommand()])
}
