import { type Command, Option } from 'commander'
import { configOption, optionsOf } from '../../configuration/options.ts'
import { SETTINGS } from '../../configuration/settings.ts'
import { type Verb, VERBS } from '../../configuration/setting.ts'

export interface ConfigFlags {
  for: Verb
  json?: boolean
}

/** Adds the flags that say whose settings are meant, and, unseen in the help, those of serve and dev themselves. */
export function withConfigOptions(command: Command): Command {
  command
    .addOption(configOption())
    .addOption(new Option('--for <verb>', 'whose settings').choices(VERBS).default('serve'))
    .option('--json', 'print JSON')
  for (const setting of Object.values(SETTINGS)) {
    for (const option of optionsOf(setting, undefined)) command.addOption(option.hideHelp())
  }
  return command
}
