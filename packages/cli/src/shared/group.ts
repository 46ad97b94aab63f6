import { Command } from 'commander'

/** A command that has others below it and does nothing by itself. */
export function group(name: string, summary: string, commands: readonly Command[]): Command {
  const command = new Command(name).summary(summary).description(`${summary[0]!.toUpperCase()}${summary.slice(1)}.`)
  for (const each of commands) command.addCommand(each)
  return command
}
