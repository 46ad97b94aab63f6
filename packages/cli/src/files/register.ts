import type { Command } from 'commander'
import { decryptCommand } from './decrypt.ts'
import { encryptCommand } from './encrypt.ts'
import { inspectCommand } from './inspect.ts'

/** Adds the commands that work on files. */
export function registerFileCommands(program: Command): void {
  program.addCommand(encryptCommand()).addCommand(decryptCommand()).addCommand(inspectCommand())
}
