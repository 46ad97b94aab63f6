import type { Command } from 'commander'
import { decryptCommand } from './decrypt.ts'
import { encryptCommand } from './encrypt.ts'
import { inspectCommand } from './inspect.ts'
import { rewrapCommand } from './rewrap.ts'
import { verifyCommand } from './verify.ts'

/** Adds the commands that work on files. */
export function registerFileCommands(program: Command): void {
  const commands = [encryptCommand(), decryptCommand(), inspectCommand(), verifyCommand(), rewrapCommand()]
  for (const command of commands) program.addCommand(command)
}
