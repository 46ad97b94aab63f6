/**
 * Writes packages/protocol/src/model/kms.gen.ts from the development dependency @aws-sdk/client-kms.
 *
 * The SDK's run-time schemas give structures, members, wire types, required members and the sensitive trait; its
 * type declarations give what the schemas leave out: which strings are enumerations, and the errors of an operation.
 *
 *     node --conditions=source tools/generate-model.ts [--check]     --check: exit 1 when the committed file is stale
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const TARGET = fileURLToPath(new URL('../packages/protocol/src/model/kms.gen.ts', import.meta.url))
const require = createRequire(import.meta.url)
const declarations = join(dirname(require.resolve('@aws-sdk/client-kms/package.json')), 'dist-types')

/** What the first element of a schema says it is (@smithy/types, "static schema"). */
const KIND = { simple: 0, list: 1, structure: 3, error: -3, operation: 9 } as const
const SENSITIVE_TRAIT = 8
const LIST_OF_STRINGS = 64
const MAP_OF_STRINGS = 128
const SCALARS: Record<number, string> = { 0: 'string', 1: 'integer', 2: 'boolean', 4: 'timestamp', 21: 'blob' }
const SECRETS: Record<string, string> = { string: 'secretString', blob: 'secretBlob' }

/** How a wire type is spelled in TypeScript; anything else is the name of an enumeration or a structure. */
const TYPESCRIPT: Record<string, string> = {
  string: 'string',
  integer: 'number',
  boolean: 'boolean',
  timestamp: 'Date',
  blob: 'Uint8Array',
  secretString: 'Secret',
  secretBlob: 'Secret',
  stringMap: 'Record<string, string>',
}

interface Member {
  name: string
  type: string
  isList: boolean
  required: boolean
}
interface Operation {
  name: string
  input: string
  output: string | undefined
  errors: string[]
}
interface Model {
  enumerations: Map<string, string[]>
  structures: Map<string, Member[]>
  operations: Operation[]
  errors: string[]
}

/** The text of the generated file, as it should be for the installed SDK. */
export function generateModel(): string {
  return render(readModel(require('@aws-sdk/client-kms') as Record<string, unknown>))
}

function readModel(sdk: Record<string, unknown>): Model {
  const schemas = Object.entries(sdk).filter(([name, value]) => name.endsWith('$') && Array.isArray(value))
  const ofKind = (kind: number) =>
    schemas.map(([, schema]) => schema as unknown[]).filter((schema) => schema[0] === kind)
  const enumerations = readEnumerations(sdk)
  const declared = readInterfaces()
  return {
    enumerations,
    structures: new Map(
      ofKind(KIND.structure)
        .map((schema): [string, Member[]] => [String(schema[2]), readMembers(schema, declared, enumerations)])
        .toSorted(byName),
    ),
    operations: ofKind(KIND.operation)
      .map(readOperation)
      .toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    errors: ofKind(KIND.error)
      .map((schema) => String(schema[2]))
      .filter((name) => name !== 'KMSServiceException')
      .toSorted(),
  }
}

const byName = ([a]: [string, unknown], [b]: [string, unknown]): number => (a < b ? -1 : 1)

function readEnumerations(sdk: Record<string, unknown>): Map<string, string[]> {
  const text = readFileSync(join(declarations, 'models/enums.d.ts'), 'utf8')
  const names = [...text.matchAll(/^export declare const (\w+):/gm)].map((match) => match[1]!)
  return new Map(names.toSorted().map((name) => [name, Object.values(sdk[name] as Record<string, string>)]))
}

/** Declared TypeScript types by `Structure.Member`, without their `| undefined`. */
function readInterfaces(): Map<string, string> {
  const text = readFileSync(join(declarations, 'models/models_0.d.ts'), 'utf8')
  const members = new Map<string, string>()
  for (const [, structure, body] of text.matchAll(/^export interface (\w+) \{\n([^]*?)^\}/gm)) {
    for (const [, member, type] of body!.matchAll(/^ {4}(\w+)\??: ([^;]+?)(?: \| undefined)?;$/gm)) {
      members.set(`${structure}.${member}`, type!)
    }
  }
  return members
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
    if (schema === MAP_OF_STRINGS) return { type: 'stringMap', isList: false }
    if (schema === LIST_OF_STRINGS) return { type: 'string', isList: true }
    return { type: known(SCALARS[schema], schema), isList: false }
  }
  if (!Array.isArray(schema)) throw new Error(`Unknown schema ${String(schema)}`)
  if (isReference(schema[0])) return readType(schema[0]()) // [reference, traits of the member: KMS has none]
  if (schema[0] === KIND.structure) return { type: String(schema[2]), isList: false }
  if (schema[0] === KIND.list) return { type: readType(schema[4]).type, isList: true }
  if (schema[0] !== KIND.simple) throw new Error(`Unknown schema kind ${String(schema[0])}`)
  const { type } = readType(schema[4])
  return { type: schema[3] === SENSITIVE_TRAIT ? known(SECRETS[type], type) : type, isList: false }
}

/** Schemas refer to each other by functions, because they may be circular. */
const isReference = (schema: unknown): schema is () => unknown => typeof schema === 'function'

function known<T>(value: T | undefined, what: unknown): T {
  if (value === undefined) throw new Error(`The model has a type that this generator does not know: ${String(what)}`)
  return value
}

function readOperation(schema: unknown[]): Operation {
  const name = String(schema[2])
  const text = readFileSync(join(declarations, `commands/${name}Command.d.ts`), 'utf8')
  const errors = [...text.matchAll(/@throws \{@link (\w+)\}/g)].map((match) => match[1]!)
  const output = (schema[5] as () => unknown)()
  return {
    name,
    input: String((schema[4] as () => unknown[])()[2]),
    output: Array.isArray(output) && output[0] === KIND.structure ? String(output[2]) : undefined,
    errors: errors.filter((error) => error !== 'KMSServiceException'),
  }
}

const quoted = (values: readonly string[]): string => values.map((value) => `'${value}'`).join(', ')

function render({ enumerations, structures, operations, errors }: Model): string {
  const typeOf = ({ type, isList }: Member) =>
    isList ? `readonly ${TYPESCRIPT[type] ?? type}[]` : (TYPESCRIPT[type] ?? type)
  const lines = [
    '// Generated by tools/generate-model.ts from @aws-sdk/client-kms. Do not edit.',
    "import type { Secret } from '../secret.ts'",
    "import type { OperationShape, StructureShape } from './shapes.ts'",
    '',
    'export const ENUMERATIONS = {',
    ...[...enumerations].map(([name, values]) => `  ${name}: [${quoted(values)}],`),
    '} as const',
    '',
    ...[...enumerations.keys()].map((name) => `export type ${name} = (typeof ENUMERATIONS.${name})[number]`),
    '',
    ...[...structures].flatMap(([name, members]) =>
      members.length === 0
        ? [`export type ${name} = Record<never, never>`, '']
        : [
            `export interface ${name} {`,
            ...members.map((member) => `  ${member.name}${member.required ? '' : '?'}: ${typeOf(member)}`),
            '}',
            '',
          ],
    ),
    'export const STRUCTURES: Readonly<Record<string, StructureShape>> = {',
    ...[...structures].flatMap(([name, members]) => [`  ${name}: [`, ...members.map(memberRow), '  ],']),
    '}',
    '',
    'export interface Inputs {',
    ...operations.map(({ name, input }) => `  ${name}: ${input}`),
    '}',
    '',
    'export interface Outputs {',
    ...operations.map(({ name, output }) => `  ${name}: ${output ?? 'undefined'}`),
    '}',
    '',
    'export const OPERATIONS = {',
    ...operations.flatMap(operationRow),
    '} as const satisfies Record<string, OperationShape>',
    '',
    '/** The errors that the model itself declares. */',
    `export type ModelErrorCode =\n${errors.map((name) => `  | '${name}'`).join('\n')}`,
    '',
  ]
  return lines.join('\n')
}

function memberRow({ name, type, isList, required }: Member): string {
  return `    { name: '${name}', type: '${type}', isList: ${isList}, required: ${required} },`
}

function operationRow({ name, input, output, errors }: Operation): string[] {
  const outputText = output === undefined ? 'undefined' : `'${output}'`
  return [`  ${name}: { input: '${input}', output: ${outputText}, errors: [${quoted(errors)}] },`]
}

function main(): void {
  const generated = generateModel()
  if (!process.argv.includes('--check')) return writeFileSync(TARGET, generated)
  if (readFileSync(TARGET, 'utf8') === generated) return
  console.error('packages/protocol/src/model/kms.gen.ts is stale: run `npm run generate` and commit the result.')
  process.exitCode = 1
}

if (import.meta.main) main()
