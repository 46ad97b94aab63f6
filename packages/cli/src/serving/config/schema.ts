import { Command } from 'commander'
import { schemaOf } from '../../configuration/schema.ts'
import { SETTINGS } from '../../configuration/settings.ts'
import { printJson } from '../../terminal/print.ts'

export function configSchemaCommand(): Command {
  return new Command('schema')
    .summary('print the JSON Schema of configuration files')
    .description('Prints the JSON Schema, draft 2020-12, of configuration files, for editors and other checks.')
    .action(() => printJson(schemaOf(SETTINGS)))
}
