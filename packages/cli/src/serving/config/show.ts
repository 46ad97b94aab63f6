import { Command } from 'commander'
import { settledConfiguration, unusable } from '../../configuration/configuration.ts'
import { type Origin, whereOf } from '../../configuration/fault.ts'
import { SETTINGS } from '../../configuration/settings.ts'
import { isSecret, type Setting } from '../../configuration/setting.ts'
import { printLine } from '../../descriptors/standard.ts'
import { printJson } from '../../terminal/print.ts'
import { table } from '../../terminal/table.ts'
import { type ConfigFlags, withConfigOptions } from './options.ts'

export function configShowCommand(): Command {
  const command = new Command('show')
    .summary('show each setting, its value, and where it comes from')
    .description(
      'Shows the settings that serve, or dev, would start with here, and where each comes from. Takes the flags of serve and\n' +
        'dev, too. Secrets are not shown.',
    )
    .action((_: object, self: Command) => show(self))
  return withConfigOptions(command)
}

interface Shown {
  name: string
  value: unknown
  /** As a flag or a variable would have it. */
  text: string
  from: Origin
  /** What happens without a value. */
  otherwise?: string | undefined
}

const SECRET = '[secret]'

async function show(command: Command): Promise<void> {
  const { for: verb, json } = command.opts<ConfigFlags>()
  const { values, origins, faults } = await settledConfiguration(verb, command)
  if (faults.length > 0) throw unusable(faults)
  const settings = Object.entries<Setting>(SETTINGS).filter(([, { verbs }]) => verbs.includes(verb))
  const shown = settings.map(([key, setting]) => shownAs(setting, values[key], origins.get(key) ?? { from: 'default' }))
  if (json === true) printJson(shown.map(({ name, value, from }) => ({ name, value, from })))
  else
    printLine(
      table(
        ['setting', 'value', 'from'],
        shown.map(({ name, text, from, otherwise }) => [
          name,
          text,
          otherwise ? `default: ${otherwise}` : whereOf(from),
        ]),
      ).trimEnd(),
    )
}

function shownAs(setting: Setting, value: unknown, from: Origin): Shown {
  const name = setting.path
  const otherwise = isSecret(setting) ? undefined : setting.otherwise
  if (value === undefined) return { name, value: null, text: '-', from, otherwise }
  if (isSecret(setting)) return { name, value: SECRET, text: SECRET, from }
  return { name, value: setting.kind.shown(value), text: setting.kind.toText(value), from }
}
