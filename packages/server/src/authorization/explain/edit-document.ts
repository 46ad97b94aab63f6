import { type JsonObject, type JsonValue, parseJson } from '@keyhold/protocol'
import type { Edit, SparingCondition } from './explanation.ts'

/** The edits that change a document. */
export type DocumentEdit = Exclude<Edit, { kind: 'create-grant' }>

const INDENT = 2
const EMPTY = '{"Version":"2012-10-17","Statement":[]}'

/** The text of a policy after these edits; without a text, that of a new one. What they do not concern stays. */
export function editDocument(text: string | undefined, edits: readonly DocumentEdit[]): string {
  const document = parseJson(new TextEncoder().encode(text ?? EMPTY)) as JsonObject
  const { Statement = [] } = document
  const statements = Array.isArray(Statement) ? Statement : [Statement]
  const removed = new Set(edits.flatMap((edit) => (edit.kind === 'remove-deny' ? [edit.statement.index] : [])))
  const kept = statements
    .map((statement, index) => narrowed(statement as JsonObject, index, edits))
    .filter((_, index) => !removed.has(index))
    .flat()
  const added = edits.flatMap((edit) => (edit.kind === 'add-statement' ? [edit.statement as unknown as JsonValue] : []))
  return JSON.stringify({ ...document, Statement: [...kept, ...added] }, undefined, INDENT)
}

/** The statement, or its copies that are narrowed in its place. A Sid must be unique, so that the first copy keeps it. */
function narrowed(statement: JsonObject, index: number, edits: readonly DocumentEdit[]): JsonObject[] {
  const edit = edits.find((one) => one.kind === 'narrow-deny' && one.statement.index === index)
  if (edit?.kind !== 'narrow-deny') return [statement]
  const { Sid, ...rest } = statement
  return edit.conditions.map((added, copy) => ({
    ...(copy === 0 && Sid !== undefined && { Sid }),
    ...rest,
    Condition: withCondition((rest['Condition'] ?? {}) as JsonObject, added),
  }))
}

/** All operators and keys of a Condition must hold, so that one more narrows the statement. */
function withCondition(condition: JsonObject, added: SparingCondition): JsonObject {
  return Object.entries<Record<string, string>>(added).reduce((result, [operator, keys]) => {
    const present = (result[operator] ?? {}) as JsonObject
    const merged = Object.entries(keys).map(([key, value]) => [key, withValue(present[key], value)] as const)
    return { ...result, [operator]: { ...present, ...Object.fromEntries(merged) } }
  }, condition)
}

/** A negated operator holds when none of its values matches: a further value spares one more. */
function withValue(present: JsonValue | undefined, value: string): JsonValue {
  if (present === undefined) return value
  return [...(Array.isArray(present) ? present : [present]), value]
}
