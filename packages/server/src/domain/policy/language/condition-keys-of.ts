import type { PolicyDocument, Statement } from './document.ts'
import { isVariable, parseTemplate } from './patterns/template.ts'

/** Returns the condition keys that a policy uses, as written, in its conditions and in its policy variables. */
export function conditionKeysOf({ version, statements }: PolicyDocument): string[] {
  return statements.flatMap((statement) => [
    ...(version === '2012-10-17' ? variablesOf(statement) : []),
    ...statement.conditions.map(({ key }) => key),
  ])
}

function variablesOf({ resources, conditions }: Statement): string[] {
  const values = [...(resources?.values ?? []), ...conditions.flatMap((condition) => condition.values)]
  return values.flatMap((value) => {
    const template = parseTemplate(value, { variables: true, wildcards: false }) ?? []
    return template.filter(isVariable).map(({ key }) => asWritten(key, value))
  })
}

/** Templates hold keys in lower case; this finds the original text. */
function asWritten(key: string, value: string): string {
  const start = value.toLowerCase().indexOf(`\${${key}`) + 2
  return value.slice(start, start + key.length)
}
