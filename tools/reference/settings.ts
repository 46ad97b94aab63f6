import { CONFIG_VARIABLE } from '../../packages/cli/src/configuration/options.ts'
import { schemaOf } from '../../packages/cli/src/configuration/schema.ts'
import { SETTINGS } from '../../packages/cli/src/configuration/settings.ts'
import { flagOf, isSecret, pathsOf, type Setting, variablesOf } from '../../packages/cli/src/configuration/setting.ts'
import { code, markdownTable } from './markdown.ts'

/** `docs/reference/settings.md`, from the table of settings. */
export function settingsReference(): string {
  const settings: readonly Setting[] = Object.values(SETTINGS)
  const [ofDev, ofBoth] = [settings.filter(isForDev), settings.filter((setting) => !isForDev(setting))]
  return `# Settings of serve and dev

Generated from the table of settings by \`npm run generate\`. [The guide](../guide/settings.md#settings-of-serve-and-dev) says how to use them;
\`keyhold config schema\` prints [the schema](configuration-schema.json) of the file, JSON Schema draft 2020-12.

A flag goes before a variable, a variable before the configuration file, which \`--config FILE\` or \`${CONFIG_VARIABLE}\` names, and the file
before the default. A value replaces the weaker ones whole, lists too. An empty variable is as one that is not set. Names with dots are
nested in the file: \`rates.workers: 2\` is \`rates: { workers: 2 }\`.

A flag of a list can be repeated, and a text has commas between the entries. A switch has a \`--no-\` form, such as \`--no-enforce\`; in
variables \`true\`, \`on\`, \`yes\` and \`1\` are true, and \`false\`, \`off\`, \`no\` and \`0\` false.

"Reload" says that \`serve\` takes a new value from its file at SIGHUP.

${tableOf(ofBoth)}
## Of dev alone

${tableOf(ofDev)}`
}

/** `docs/reference/configuration-schema.json`. */
export function configurationSchema(): string {
  return `${JSON.stringify(schemaOf(SETTINGS), undefined, 2)}\n`
}

function isForDev({ path }: Setting): boolean {
  return path.startsWith('dev.')
}

function tableOf(settings: readonly Setting[]): string {
  const headings = ['In the file', 'Flag', 'Variable', 'Value', 'Default', 'For', 'Reload', 'What it is']
  return markdownTable(headings, settings.map(row))
}

function row(setting: Setting): string[] {
  const flag = setting.short === undefined ? flagOf(setting) : `-${setting.short}, ${flagOf(setting)}`
  return [
    pathsOf(setting).map(code).join(', '),
    code(flag),
    variablesOf(setting).map(code).join(', '),
    isSecret(setting) ? 'a secret text, or the file with it' : setting.kind.words,
    defaultOf(setting),
    setting.verbs.join(', '),
    setting.reload ? 'yes' : '',
    setting.about,
  ]
}

function defaultOf(setting: Setting): string {
  if (isSecret(setting)) return 'none'
  if (setting.default !== undefined) return code(setting.kind.toText(setting.default))
  return setting.otherwise ?? 'none'
}
