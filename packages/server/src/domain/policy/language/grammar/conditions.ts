import { type NamedOperator, parseOperator } from '../conditions/operators.ts'
import type { Condition } from '../document.ts'
import { isKey, parseTemplate } from '../patterns/template.ts'
import type { Place } from './place.ts'

/**
 * Parses a Condition: operators, their keys, and the values of each key. IAM accepts an operator without keys and a key
 * without values. The result represents both as a condition without values, which decides what it means.
 */
export function parseConditions(place: Place, variables: boolean): Condition[] {
  return place.members().flatMap(([name, keys]) => {
    const named = parseOperator(name)
    if (named === undefined) throw keys.malformed('Unknown condition operator')
    const members = keys.members()
    if (members.length === 0) return [{ path: keys.path, operator: name, key: '', values: [] }]
    return members.map(([key, values]) => parseCondition(values, { name, named, key, variables }))
  })
}

function parseCondition(
  place: Place,
  { name, named, key, variables }: { name: string; named: NamedOperator; key: string; variables: boolean },
): Condition {
  if (!isConditionKey(key)) throw place.malformed('A condition key has a name, without spaces around it')
  const values = place.elementsOrNone().map((one) => parseValue(one, named, variables))
  return { path: place.path, operator: name, key, values }
}

/** IAM also accepts keys without a prefix. No request has them, and no variable can refer to them. */
function isConditionKey(key: string): boolean {
  return isKey(key) || (key !== '' && !key.includes(':') && key.trim() === key)
}

function parseValue(place: Place, { operator }: NamedOperator, variables: boolean): string {
  const text = scalar(place)
  if (operator.accepts(text, variables)) return text
  const { wildcards } = operator
  const isTemplate = !operator.variables || parseTemplate(text, { variables, wildcards }) !== undefined
  throw place.malformed(isTemplate ? 'Not a value for this operator' : 'A policy variable is malformed')
}

/** Quotation marks around numbers and booleans are optional. A number must be unchanged by parsing. */
function scalar(place: Place): string {
  const { value } = place
  if (typeof value === 'string') return value
  if (typeof value === 'boolean') return String(value)
  if (typeof value !== 'number') throw place.malformed('Must be a string, a number or a boolean')
  if (Math.abs(value) > Number.MAX_SAFE_INTEGER) throw place.malformed('Put a number of this size in quotation marks')
  return String(value)
}
