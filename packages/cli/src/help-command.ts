import { Command } from 'commander'

/** `keyhold help key create`: the help of any command, by its words. */
export function helpCommand(): Command {
  return new Command('help')
    .summary('show the help of a command')
    .description('Shows the help of a command, as --help after the command does.')
    .argument('[verb...]', 'the words of the command, such as key create')
    .action((words: readonly string[], _: object, { parent }: Command) => commandOf(parent!, words).help())
}

function commandOf(program: Command, words: readonly string[]): Command {
  let command = program
  for (const word of words) {
    const next = command.commands.find((each) => each.name() === word)
    if (next === undefined) return unknown(command, word)
    command = next
  }
  return command
}

function unknown(command: Command, word: string): never {
  const names = command.commands.map((each) => each.name()).join(', ')
  const hint = names === '' ? `${command.name()} has no commands below it.` : `There are: ${names}.`
  return command.error(`error: unknown command '${word}'. ${hint}`, { code: 'commander.unknownCommand', exitCode: 1 })
}
