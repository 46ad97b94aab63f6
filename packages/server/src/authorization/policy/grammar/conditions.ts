import { type NamedOperator, parseOperator } from '../conditions/operators.ts'
import type { Condition } from '../document.ts'
import { isKey, parseTemplate } from '../patterns/template.ts'
import type { Place } from './place.ts'

/** Reads a Condition: operators, under each of them keys, and for each key its values. */
export function parseConditions(place: Place, variables: boolean): Condition[] {
  return place.members().flatMap(([name, keys]) => {
    const named = parseOperator(name)
    if (named === undefined) throw keys.malformed('Unknown condition operator')
    const members = keys.members()
    if (members.length === 0) throw keys.malformed('Must name a condition key')
    return members.map(([key, values]) => parseCondition(values, { name, named, key, variables }))
  })
}

function parseCondition(
  place: Place,
  { name, named, key, variables }: { name: string; named: NamedOperator; key: string; variables: boolean },
): Condition {
  if (!isKey(key)) throw place.malformed('A condition key has a prefix and a colon')
  const values = place.elements().map((one) => parseValue(one, named, variables))
  return { path: place.path, operator: name, key, values }
}

function parseValue(place: Place, { operator }: NamedOperator, variables: boolean): string {
  const text = scalar(place)
  if (operator.accepts(text, variables)) return text
  const { wildcards } = operator
  const isTemplate = !operator.variables || parseTemplate(text, { variables, wildcards }) !== undefined
  throw place.malformed(isTemplate ? 'Not a value for this operator' : 'A policy variable is malformed')
}

/** Quotation marks around numbers and booleans are optional. A number must say what it says after it was read. */
function scalar(place: Place): string {
  const { value } = place
  if (typeof value === 'string') return value
  if (typeof value === 'boolean') return String(value)
  if (typeof value !== 'number') throw place.malformed('Must be a string, a number or a boolean')
  if (Math.abs(value) > Number.MAX_SAFE_INTEGER) throw place.malformed('Put a number of this size in quotation marks')
  return String(value)
}
