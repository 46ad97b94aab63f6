import { isSecret, type Setting, type Table } from './setting.ts'

interface Section {
  type: 'object'
  additionalProperties: false
  properties: Record<string, unknown>
}

const SECRET = { type: 'string', minLength: 1, maxLength: 4096 }
const SECRET_FILE = { type: 'string', minLength: 1 }

/**
 * The JSON Schema, draft 2020-12, of configuration files. What it accepts is refused only for what a schema cannot say: the range of
 * a value with a unit, a file that cannot be used.
 */
export function schemaOf(table: Table): object {
  const root = emptySection()
  for (const setting of Object.values(table)) {
    const names = setting.path.split('.')
    const name = names.pop()!
    let section = root
    for (const step of names) section = (section.properties[step] ??= emptySection()) as Section
    Object.assign(section.properties, members(name, setting))
  }
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Keyhold',
    description: 'The configuration file of keyhold serve and keyhold dev',
    ...root,
  }
}

function members(name: string, setting: Setting): Record<string, object> {
  const description = `${setting.about} (${setting.verbs.join(', ')})`
  if (isSecret(setting)) {
    return {
      [name]: { description, ...SECRET },
      [`${name}File`]: { description: `a file with ${description}`, ...SECRET_FILE },
    }
  }
  const { kind, default: value } = setting
  return { [name]: { description, ...(value !== undefined && { default: kind.shown(value) }), ...kind.schema } }
}

function emptySection(): Section {
  return { type: 'object', additionalProperties: false, properties: {} }
}
