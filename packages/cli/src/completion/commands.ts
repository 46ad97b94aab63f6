import type { Argument, Command, Option } from 'commander'

/** What can come next: names of files, a program and its arguments, one of these words, or a value that cannot be guessed. */
export type Place = 'files' | 'program' | 'anything' | readonly string[]

export interface CompletedFlag {
  /** As they are typed: `-o`, `--output`. */
  names: readonly string[]
  description: string
  /** Its value; absent when it has none. */
  value?: Place
}

/** One command of a program, as completion scripts need it. */
export interface CompletedCommand {
  /** Its words from the program's name on, with a space between. */
  path: string
  subcommands: readonly { name: string; description: string }[]
  flags: readonly CompletedFlag[]
  operands: Place
}

/** A command and all those below it, by what it says of itself in its help: so that completion cannot lag behind. */
export function completedCommands(command: Command, path = command.name()): CompletedCommand[] {
  const help = command.createHelp()
  const below = help.visibleCommands(command)
  const described = {
    path,
    subcommands: below.map((each) => ({ name: each.name(), description: each.summary() || each.description() })),
    flags: help.visibleOptions(command).map(completedFlag),
    operands: operandsOf(command.registeredArguments),
  }
  return [described, ...below.flatMap((each) => completedCommands(each, `${path} ${each.name()}`))]
}

function completedFlag({ short, long, flags, description, argChoices }: Option): CompletedFlag {
  const names = [short, long].filter((name) => name !== undefined)
  const placeholder = /[<[]([^>\]]+)/.exec(flags)?.[1]
  return { names, description, ...(placeholder !== undefined && { value: placeFor(placeholder, argChoices) }) }
}

/** Where one operand is a file, others may be as well: which is which depends on more than their number. */
function operandsOf(operands: readonly Argument[]): Place {
  const places = operands.map((operand) => {
    const isProgram = operand.variadic && operand.name() === 'command'
    return isProgram ? 'program' : placeFor(operand.name(), operand.argChoices)
  })
  return places.find((place) => place !== 'anything') ?? 'anything'
}

/** By the placeholder of the value in the help. */
function placeFor(placeholder: string, choices: readonly string[] | undefined): Place {
  if (choices !== undefined) return choices
  return /(^|[-=])(in|file|dir|root)$/.test(placeholder) ? 'files' : 'anything'
}
