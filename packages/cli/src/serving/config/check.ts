import { Command } from 'commander'
import { settledConfiguration, unusable } from '../../configuration/configuration.ts'
import type { Fault } from '../../configuration/fault.ts'
import type { Settings } from '../../configuration/settings.ts'
import { printJson } from '../../terminal/print.ts'
import { printLine } from '../../descriptors/standard.ts'
import { devFaults, serveFaults } from './deep-faults.ts'
import { type ConfigFlags, withConfigOptions } from './options.ts'
import { pathFaults } from './path-faults.ts'

export function configCheckCommand(): Command {
  const command = new Command('check')
    .summary('say all that is wrong with the settings, and start nothing')
    .description(
      'Checks the settings that serve, or dev, would start with here, and the files that they name. Says all that is wrong,\n' +
        'and starts and changes nothing. Takes the flags of serve and dev, too.',
    )
    .action((_: object, self: Command) => check(self))
  return withConfigOptions(command)
}

async function check(command: Command): Promise<void> {
  const { for: verb, json } = command.opts<ConfigFlags>()
  const settled = await settledConfiguration(verb, command)
  const named = await pathFaults(settled)
  const faults = [...settled.faults, ...named]
  // What the files say can be checked only once they are there.
  if (faults.length === 0) {
    const { values } = settled
    faults.push(
      ...(verb === 'serve'
        ? await serveFaults(values as Settings<'serve'>)
        : await devFaults(values as Settings<'dev'>)),
    )
  }
  report(faults, json === true)
}

function report(faults: readonly Fault[], json: boolean): void {
  if (json) printJson({ faults })
  if (faults.length > 0) throw unusable(faults)
  if (!json) printLine('The settings can be used.')
}
