import type { Argument, Command, Option } from 'commander'
import { print, standardError, terminalOutput } from './descriptors/standard.ts'
import { SettingOption } from './configuration/options.ts'
import { EXAMPLES } from './examples.ts'

/** No line of help is longer, however wide the terminal is: long lines are hard to read. */
export const HELP_COLUMNS = 100
/** Below this there is no room for two columns. */
const MIN_COLUMNS = 40

/** Gives a program and every command below it one form of help, one prefix for errors, and its examples. */
export function withHelp(command: Command, path = command.name()): Command {
  command
    .exitOverride() // wrong use is thrown, for main.ts to turn into an exit code; commander itself would exit with 1
    .showHelpAfterError(`See \`${path} --help\`.`)
    .configureOutput({
      getOutHelpWidth: () => helpWidth(terminalOutput(1)?.columns),
      getOutHasColors: () => terminalOutput(1)?.hasColors() ?? false,
      writeOut: print,
      getErrHelpWidth: () => helpWidth(terminalOutput(2)?.columns),
      getErrHasColors: () => terminalOutput(2)?.hasColors() ?? false,
      writeErr: (text) => standardError.write(text),
      outputError: (text, write) => write(text.replace(/^error: /, 'keyhold: ')),
    })
    .configureHelp({
      commandDescription: (each) => inOneParagraph(each.description()),
      optionDescription,
      argumentDescription,
    })
  if (Object.hasOwn(EXAMPLES, path)) command.addHelpText('after', exampleText(EXAMPLES[path]!))
  for (const each of command.commands) withHelp(each, `${path} ${each.name()}`)
  return command
}

function helpWidth(columns: number | undefined): number {
  return Math.max(MIN_COLUMNS, Math.min(columns ?? HELP_COLUMNS, HELP_COLUMNS))
}

/** Descriptions are broken for the source code; help breaks them for the terminal. */
function inOneParagraph(text: string): string {
  return text.replaceAll('\n', ' ')
}

function exampleText(examples: readonly string[]): string {
  return `\nExamples:\n${examples.map((line) => `  ${line}\n`).join('')}`.trimEnd()
}

/** A default is shown if it is a word or a number that a person could type. */
function optionDescription(option: Option): string {
  const { description, argChoices, defaultValueDescription } = option
  const defaultValue: unknown = option.defaultValue
  const variable = option instanceof SettingOption ? option.variable : option.envVar
  const isTyped = ['string', 'number'].includes(typeof defaultValue)
  const shown = defaultValueDescription ?? (isTyped ? String(defaultValue) : undefined)
  return withNotes(description, [
    ...(argChoices === undefined ? [] : [`one of ${argChoices.join(', ')}`]),
    ...(shown === undefined ? [] : [`default: ${shown}`]),
    ...(variable === undefined ? [] : [`environment: ${variable}`]),
  ])
}

function argumentDescription({ description, argChoices }: Argument): string {
  return withNotes(description, argChoices === undefined ? [] : [`one of ${argChoices.join(', ')}`])
}

function withNotes(description: string, notes: readonly string[]): string {
  const [, own, note] = /^(.*) \((default: [^()]*)\)$/s.exec(description) ?? [undefined, description]
  const all = [...notes, ...(note === undefined ? [] : [note])]
  return all.length === 0 ? description : `${own} (${all.join('; ')})`
}
