import { readFileSync } from 'node:fs'
import { parseSync } from 'oxc-parser'
import { repositoryFiles } from '../files.ts'

/** One place that logs. */
export interface LogCall {
  /** File and line. */
  place: string
  level: 'error' | 'warn' | 'info'
  /** `undefined` if it is not a constant text. */
  message: string | undefined
  /** The names of its fields; `…` for those that it takes from elsewhere. */
  fields: string[]
}

/** A node of the syntax tree, as far as it matters here. */
type Node = { type: string; start: number } & Record<string, unknown>

const SOURCES = /^packages\/server\/src\/.*\.ts$/
/** Where loggers are made: they pass on what they are given. */
const LOGGERS = /^packages\/server\/src\/platform\/log\/(condition|line-logger)\.ts$/
const LEVELS: readonly unknown[] = ['error', 'warn', 'info']

/** Every place of the server's sources that logs. */
export function logCalls(): LogCall[] {
  return repositoryFiles()
    .filter((file) => SOURCES.test(file) && !LOGGERS.test(file))
    .flatMap((file) => callsIn(file, readFileSync(file, 'utf8')))
}

/** The same of one file's text. */
export function callsIn(file: string, text: string): LogCall[] {
  if (!/logger|Condition/i.test(text)) return []
  const found: LogCall[] = []
  const placeOf = ({ start }: Node): string => `${file}:${text.slice(0, start).split('\n').length}`
  for (const node of nodesOf(parseSync(file, text).program)) {
    const [first, second] = (node['arguments'] ?? []) as (Node | undefined)[]
    const level = node.type === 'CallExpression' ? levelOf(node['callee'] as Node) : undefined
    if (level !== undefined) {
      found.push({ place: placeOf(node), level, message: constant(first), fields: fieldsOf(second) })
    } else if (node.type === 'NewExpression' && nameOf(node['callee'] as Node) === 'Condition') {
      const [began, ended] = (second?.['properties'] ?? []) as Node[]
      found.push(
        { place: placeOf(node), level: 'error', message: constant(began?.['value'] as Node), fields: [] },
        { place: placeOf(node), level: 'warn', message: constant(ended?.['value'] as Node), fields: [] },
      )
    }
  }
  return found
}

function levelOf(callee: Node): LogCall['level'] | undefined {
  const called = callee.type === 'ChainExpression' ? (callee['expression'] as Node) : callee
  if (called.type !== 'MemberExpression') return undefined
  const level = nameOf(called['property'] as Node)
  const object = called['object'] as Node
  const name = nameOf(object.type === 'MemberExpression' ? (object['property'] as Node) : object)
  return /logger$/i.test(name) && LEVELS.includes(level) ? (level as LogCall['level']) : undefined
}

function nameOf(node: Node): string {
  return typeof node['name'] === 'string' ? node['name'] : ''
}

function constant(node: Node | undefined): string | undefined {
  return typeof node?.['value'] === 'string' ? node['value'] : undefined
}

function fieldsOf(node: Node | undefined): string[] {
  if (node === undefined) return []
  if (node.type !== 'ObjectExpression') return ['…']
  return (node['properties'] as Node[]).map((property) =>
    property.type === 'Property' && property['computed'] !== true ? nameOf(property['key'] as Node) : '…',
  )
}

function* nodesOf(value: unknown): Generator<Node> {
  if (typeof value !== 'object' || value === null) return
  if ('type' in value && typeof value.type === 'string') yield value as Node
  for (const part of Object.values(value)) yield* nodesOf(part)
}

/** The page of the reference. */
export function logMessagesReference(): string {
  const rows = logCalls()
    .map(({ level, message = '', fields }) => `| ${level} | ${message} | ${fieldNames(fields)} |`)
    .toSorted()
  return `# Messages of the log

<!-- Written by npm run generate from the sources. -->

What \`keyhold serve\` writes to its log, by level. \`error\`: requests fail, or data is in danger. \`warn\`: an operator should
look. \`info\`: what the service did by itself. [Operating](../guide/operating.md#the-log) says what a line looks like.

An error has the fields \`error\`, \`errorName\`, \`errorCode\` and, only if it is a bug, \`errorStack\`. A line that counts repeats
has \`repeated\` and \`since\`.

| level | message | fields |
|---|---|---|
${[...new Set(rows)].join('\n')}
`
}

function fieldNames(fields: readonly string[]): string {
  return fields.map((name) => (name === '…' ? name : `\`${name}\``)).join(', ')
}
