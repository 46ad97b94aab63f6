import { type Command, InvalidArgumentError, Option } from 'commander'
import { WrongValue } from './kind.ts'
import { path } from './kinds.ts'
import { flagOf, isSecret, type PlainSetting, type Setting, type Table, variablesOf, type Verb } from './setting.ts'

/** The variable that names the configuration file. */
export const CONFIG_VARIABLE = 'KEYHOLD_CONFIG'

/** An option of the command line whose variable is read by the configuration, not by commander. */
export class SettingOption extends Option {
  readonly variable: string

  constructor(flags: string, description: string, variable: string) {
    super(flags, description)
    this.variable = variable
  }
}

/** `--config`: the configuration file. None is looked for: a folder that another person made could have one. */
export function configOption(): Option {
  return new SettingOption(
    '--config <file>',
    'YAML file of settings; flags and variables go before it',
    CONFIG_VARIABLE,
  )
}

/** Adds `--config` and the flags of a command's settings. */
export function withSettings(command: Command, table: Table, verb: Verb): Command {
  command.addOption(configOption())
  for (const setting of Object.values(table)) {
    if (setting.verbs.includes(verb)) for (const option of optionsOf(setting, verb)) command.addOption(option)
  }
  return command
}

/** The flags of a setting that a command was given, by the keys of the table. */
export function flagsOf(command: Command, table: Table): Record<string, unknown> {
  const given = command.opts<Record<string, unknown>>()
  const flags: Record<string, unknown> = {}
  for (const [key, setting] of Object.entries(table)) {
    const name = new Option(flagOf(setting)).attributeName()
    if (given[name] !== undefined) flags[key] = given[name]
  }
  return flags
}

/** The flags of one setting. */
export function optionsOf(setting: Setting, verb: Verb | undefined): Option[] {
  if (isSecret(setting)) return [valued(setting, 'file', `a file with ${setting.about}`, path('file'))]
  const { kind } = setting
  if (kind.placeholder !== undefined) return [valued(setting, kind.placeholder, describe(setting, verb), kind)]
  const on = new SettingOption(spelled(setting), setting.about, variablesOf(setting)[0])
  return [on, new Option(`--no-${setting.flag}`, `the opposite of --${setting.flag}`).hideHelp()]
}

function valued(setting: Setting, placeholder: string, about: string, kind: PlainSetting['kind']): Option {
  const variable = variablesOf(setting).at(-1)!
  const option = new SettingOption(`${spelled(setting)} <${placeholder}>`, about, variable)
  if (kind.choices) option.argChoices = [...kind.choices]
  option.argParser((text: string, previous: unknown) => merged(kind, previous, parsed(kind, text)))
  if (!isSecret(setting) && setting.default !== undefined) option.default(undefined, kind.toText(setting.default))
  return option
}

function spelled(setting: Setting): string {
  return setting.short === undefined ? flagOf(setting) : `-${setting.short}, ${flagOf(setting)}`
}

function describe({ about, otherwise, required }: PlainSetting, verb: Verb | undefined): string {
  const isRequired = verb !== undefined && required?.includes(verb)
  return otherwise === undefined || isRequired ? about : `${about} (default: ${otherwise})`
}

function parsed(kind: PlainSetting['kind'], text: string): unknown {
  try {
    return kind.fromText(text)
  } catch (error) {
    throw error instanceof WrongValue ? new InvalidArgumentError(error.message) : error
  }
}

/** A flag that is repeated adds to its list or mapping. The last of any other one counts. */
function merged(kind: PlainSetting['kind'], previous: unknown, next: unknown): unknown {
  if (!kind.repeatable || previous === undefined) return next
  if (Array.isArray(previous)) return [...(previous as unknown[]), ...(next as unknown[])]
  return new Map([...(previous as Map<string, unknown>), ...(next as Map<string, unknown>)])
}
