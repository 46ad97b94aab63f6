import type { Command } from 'commander'
import { keyFileCreateCommand } from './create.ts'
import { keyFileRewrapCommand } from './rewrap.ts'
import { keyFileShowCommand } from './show.ts'
import { group } from '../shared/group.ts'

/** `keyhold key-file`. */
export function keyFileCommands(): Command {
  return group('key-file', 'change who opens many files by changing one', [
    keyFileCreateCommand(),
    keyFileShowCommand(),
    keyFileRewrapCommand(),
  ])
}
