/**
 * Reads a service's model out of the official SDK's client for it.
 *
 * The SDK's run-time schemas give structures, members, wire types, required members and the sensitive trait; its
 * type declarations give what the schemas leave out: which strings are enumerations, and the errors of an operation.
 */
import { globSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { Member, Model, ModelError, Operation } from './model.ts'
import type { Protocol } from './sources.ts'

const require = createRequire(import.meta.url)

/** What the first element of a schema says it is (@smithy/types, "static schema"). */
const KIND = { simple: 0, list: 1, structure: 3, union: 4, error: -3, operation: 9 } as const
const SENSITIVE_TRAIT = 8
const LIST_OF_STRINGS = 64
const MAPS: Record<number, string> = { 128: 'stringMap', 129: 'integerMap' }
const SCALARS: Record<number, string> = { 0: 'string', 1: 'integer', 2: 'boolean', 4: 'timestamp', 21: 'blob' }
const SECRETS: Record<string, string> = { string: 'secretString', blob: 'secretBlob' }
/** The namespace of the class from which all errors of a client descend. It is no error of the service. */
const SYNTHETIC = 'smithy.ts.sdk.synthetic'

/** The whole model of the service that the package is a client of. */
export function readSdk(sdk: string, protocol: Protocol): Model {
  const declarations = join(dirname(require.resolve(`${sdk}/package.json`)), 'dist-types')
  const exported = require(sdk) as Record<string, unknown>
  const enumerations = readEnumerations(exported, declarations)
  const declared = readInterfaces(declarations)
  const errors = schemasOf(exported, KIND.error)
    .filter((schema) => !String(schema[1]).startsWith(SYNTHETIC))
    .map((schema) => readError(schema, protocol))
  const operations = schemasOf(exported, KIND.operation).map((schema) => readOperation(schema, declarations, errors))
  // A union is read as a structure of optional members: that exactly one may be there is for the operation to say.
  const structures = [KIND.structure, KIND.union]
    .flatMap((kind) => schemasOf(exported, kind))
    .map((schema): [string, Member[]] => [String(schema[2]), readMembers(schema, declared, enumerations)])
  return {
    sdk,
    enumerations,
    structures: new Map([...structures, ...emptyInputs(operations, structures)].toSorted(byName)),
    operations: operations.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    errors: errors.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
  }
}

const byName = ([a]: [string, unknown], [b]: [string, unknown]): number => (a < b ? -1 : 1)

function schemasOf(exported: Record<string, unknown>, kind: number): unknown[][] {
  return Object.entries(exported)
    .filter(([name, value]) => name.endsWith('$') && Array.isArray(value))
    .map(([, schema]) => schema as unknown[])
    .filter((schema) => schema[0] === kind)
}

function readEnumerations(exported: Record<string, unknown>, declarations: string): Map<string, string[]> {
  const names = declarationsIn(declarations, 'models/enums.d.ts').flatMap((text) =>
    [...text.matchAll(/^export declare const (\w+):/gm)].map((match) => match[1]!),
  )
  return new Map(names.toSorted().map((name) => [name, Object.values(exported[name] as Record<string, string>)]))
}

/** Declared TypeScript types by `Structure.Member`, without their `| undefined`. */
function readInterfaces(declarations: string): Map<string, string> {
  const pattern = /^export (?:interface|declare namespace) (\w+) \{\n([^]*?)^\}/gm
  const declared = declarationsIn(declarations, 'models/models_*.d.ts').flatMap((text) => [...text.matchAll(pattern)])
  return new Map(declared.flatMap(([, structure, body]) => readDeclaration(structure!, body!)))
}

/** An alternative of a union names the members of the others as `never`; its visitor is made of functions. */
function readDeclaration(structure: string, body: string): [string, string][] {
  return [...body.matchAll(/^ {4,8}(\w+)\??: ([^;]+?)(?: \| undefined)?;$/gm)]
    .map(([, member, type]): [string, string] => [`${structure}.${member}`, type!])
    .filter(([, type]) => type !== 'never' && !type.includes('=>'))
}

function declarationsIn(declarations: string, pattern: string): string[] {
  return globSync(join(declarations, pattern)).map((file) => readFileSync(file, 'utf8'))
}

function readMembers(schema: unknown[], declared: Map<string, string>, enumerations: Map<string, string[]>): Member[] {
  const [, , structure, , names, types, requiredCount = 0] = schema as [0, 0, string, 0, string[], unknown[], number?]
  return names.map((name, index) => {
    const wire = readType(types[index])
    const declaredType = declared.get(`${structure}.${name}`)?.replace(/\[\]$/, '')
    if (declaredType === undefined) throw new Error(`${structure}.${name} is in the schema but not in the declarations`)
    const isEnumeration = wire.type === 'string' && enumerations.has(declaredType)
    return { name, ...wire, type: isEnumeration ? declaredType : wire.type, required: index < requiredCount }
  })
}

function readType(schema: unknown): { type: string; isList: boolean } {
  if (isReference(schema)) return readType(schema())
  if (typeof schema === 'number') {
    if (schema === LIST_OF_STRINGS) return { type: 'string', isList: true }
    return { type: known(MAPS[schema] ?? SCALARS[schema], schema), isList: false }
  }
  if (!Array.isArray(schema)) throw new Error(`Unknown schema ${String(schema)}`)
  if (isReference(schema[0])) return readType(schema[0]()) // [reference, traits of the member: none that matters]
  if (schema[0] === KIND.structure || schema[0] === KIND.union) return { type: String(schema[2]), isList: false }
  if (schema[0] === KIND.list) return { type: readType(schema[4]).type, isList: true }
  if (schema[0] !== KIND.simple) return { type: `a schema of kind ${String(schema[0])}`, isList: false } // not ours
  const { type } = readType(schema[4])
  return { type: schema[3] === SENSITIVE_TRAIT ? known(SECRETS[type], type) : type, isList: false }
}

/** Schemas refer to each other by functions, because they may be circular. */
const isReference = (schema: unknown): schema is () => unknown => typeof schema === 'function'

function known<T>(value: T | undefined, what: unknown): T {
  if (value === undefined) throw new Error(`The model has a type that this generator does not know: ${String(what)}`)
  return value
}

/** In the Query protocol an answer names an error by a code of its own, from a trait of the schema. */
function readError([, , name, traits]: unknown[], protocol: Protocol): ModelError {
  const { awsQueryError, httpError } = traits as { awsQueryError?: [string, number]; httpError?: number }
  if (protocol === 'aws-json') return { name: String(name), code: String(name), status: undefined }
  const [code, status] = awsQueryError ?? [String(name), known(httpError, name)]
  return { name: String(name), code, status }
}

function readOperation(schema: unknown[], declarations: string, errors: readonly ModelError[]): Operation {
  const name = String(schema[2])
  const text = readFileSync(join(declarations, `commands/${name}Command.d.ts`), 'utf8')
  const thrown = [...text.matchAll(/@throws \{@link (\w+)\}/g)].map((match) => match[1])
  const [input, output] = [schema[4], schema[5]].map((part) => (isReference(part) ? part() : part))
  return {
    name,
    input: Array.isArray(input) && input[0] === KIND.structure ? String(input[2]) : emptyInputName(name),
    output: Array.isArray(output) && output[0] === KIND.structure ? String(output[2]) : undefined,
    errors: thrown.flatMap((thrownName) => errors.filter((error) => error.name === thrownName).map(({ code }) => code)),
  }
}

const emptyInputName = (operation: string): string => `${operation}Request`

/** An operation without an input gets an empty one, so that all can be treated alike. */
function emptyInputs(
  operations: readonly Operation[],
  structures: readonly [string, Member[]][],
): [string, Member[]][] {
  const existing = new Set(structures.map(([name]) => name))
  return operations.filter(({ input }) => !existing.has(input)).map(({ input }) => [input, []])
}
