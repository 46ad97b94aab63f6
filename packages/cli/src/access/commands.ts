import type { Command } from 'commander'
import { accessCanICommand } from './can-i.ts'
import { accessExplainCommand } from './explain.ts'
import { accessReplayCommand } from './replay.ts'
import { accessWhoCanCommand } from './who-can.ts'
import { withRoot } from '../shared/data-options.ts'
import { group } from '../shared/group.ts'

/** `keyhold access`. */
export function accessCommands(): Command {
  const commands = [accessExplainCommand(), accessCanICommand(), accessWhoCanCommand(), accessReplayCommand()]
  return group('access', 'ask who may do what, and why', withRoot(commands))
}
