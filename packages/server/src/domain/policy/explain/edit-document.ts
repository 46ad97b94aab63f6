import { type JsonObject, type JsonValue, parseJson } from '@keyhold/protocol'
import { withoutDeleted } from './deleted-principals.ts'
import type { Edit, SparingCondition } from './explanation.ts'

/** The edits that change a policy document. */
export type DocumentEdit = Exclude<Edit, { kind: 'create-grant' }>

const INDENT = 2
const EMPTY = '{"Version":"2012-10-17","Statement":[]}'

/**
 * Returns the text of a policy after these edits, or of a new policy if `text` is undefined. Content that the edits do
 * not concern keeps its meaning.
 */
export function editDocument(text: string | undefined, proposed: readonly DocumentEdit[]): string {
  const document = parseJson(new TextEncoder().encode(text ?? EMPTY)) as JsonObject
  const edits = inLanguageOf(document, proposed)
  const { Statement = [] } = document
  const statements = Array.isArray(Statement) ? Statement : [Statement]
  const removed = new Set(edits.flatMap((edit) => (edit.kind === 'remove-deny' ? [edit.statement.index] : [])))
  const kept = statements
    .map((statement, index) => narrowed(statement as JsonObject, index, edits))
    .filter((_, index) => !removed.has(index))
    .flat()
    .flatMap(withoutDeleted)
  const added = edits.flatMap((edit) => (edit.kind === 'add-statement' ? [edit.statement as unknown as JsonValue] : []))
  return inPolicyCharacters(JSON.stringify({ ...document, Statement: [...kept, ...added] }, undefined, INDENT))
}

/**
 * Policies contain characters up to U+00FF (AWS KMS API Reference, PutKeyPolicy, Policy; the same in IAM). Others are
 * escaped.
 */
function inPolicyCharacters(json: string): string {
  return json.replace(/[^\n -\u00ff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/**
 * Returns the edits in the policy language of the document's version. Policy variables exist since 2012-10-17: in older
 * versions `${` is plain text and needs no escape. Source: IAM User Guide, "IAM JSON policy elements: Version".
 */
function inLanguageOf({ Version }: JsonObject, edits: readonly DocumentEdit[]): readonly DocumentEdit[] {
  if (Version === '2012-10-17') return edits
  return JSON.parse(JSON.stringify(edits).replaceAll('${$}{', '${')) as DocumentEdit[]
}

/**
 * Returns the statement, or the narrowed copies that replace it. Several edits multiply: each narrows every copy of the
 * others. A Sid must be unique, so only the first copy keeps it.
 */
function narrowed(statement: JsonObject, index: number, edits: readonly DocumentEdit[]): JsonObject[] {
  const { Sid, ...rest } = statement
  const copies = edits.reduce<JsonObject[]>(
    (made, edit) =>
      edit.kind === 'narrow-deny' && edit.statement.index === index
        ? made.flatMap((copy) => edit.conditions.map((added) => withCondition(copy, added)))
        : made,
    [rest],
  )
  return unique(copies).map((copy, place) => ({ ...(place === 0 && Sid !== undefined && { Sid }), ...copy }))
}

function unique(statements: readonly JsonObject[]): JsonObject[] {
  return [...new Map(statements.map((statement) => [JSON.stringify(statement), statement])).values()]
}

/** All operators and keys of a Condition must hold, so an additional one narrows the statement. */
function withCondition(statement: JsonObject, added: SparingCondition): JsonObject {
  const Condition = Object.entries<Record<string, string>>(added).reduce(
    (result, [operator, keys]) => {
      const present = (result[operator] ?? {}) as JsonObject
      const merged = Object.entries(keys).map(([key, value]) => [key, withValue(present[key], value)] as const)
      return { ...result, [operator]: { ...present, ...Object.fromEntries(merged) } }
    },
    (statement['Condition'] ?? {}) as JsonObject,
  )
  return { ...statement, Condition }
}

/** A negated operator holds if none of its values matches: each additional value exempts one more principal. */
function withValue(present: JsonValue | undefined, value: string): JsonValue {
  if (present === undefined || present === value) return value
  const values = Array.isArray(present) ? present : [present]
  return values.includes(value) ? values : [...values, value]
}
