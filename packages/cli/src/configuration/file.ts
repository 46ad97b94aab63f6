import { dirname, resolve } from 'node:path'
import type * as YamlModule from 'yaml'
import type { Document, LineCounter, Node, Pair } from 'yaml'
import { UsageError } from '../base/errors.ts'
import type { Fault } from './fault.ts'
import { readGuarded } from './guarded-file.ts'
import { unknownMember } from './many.ts'
import { pathsOf, type Table } from './setting.ts'
import { yamlProblem } from './yaml-problem.ts'

/** What a configuration file says, by the paths of the settings. */
export interface ConfigurationFile {
  file: string
  /** Relative paths in the file start here. */
  folder: string
  found: ReadonlyMap<string, FoundValue>
  faults: readonly Fault[]
}

interface FoundValue {
  value: unknown
  /** The line, from 1, of the value's part at this path: of the nearest one that exists. */
  lineOf(path: readonly (string | number)[]): number
}

/** Many times what all settings together need. */
const MAX_BYTES = 64 * 1024
/** No value has a deeper structure. */
const MAX_DEPTH = 16

/**
 * Reads a configuration file. All that is wrong with its form is among the faults of the result; the values are not checked yet.
 *
 * @throws FileError for a file that other users can write, UsageError for one that is not UTF-8, a system error for one that
 * cannot be read.
 */
export async function readConfigurationFile(named: string, table: Table): Promise<ConfigurationFile> {
  const file = resolve(named)
  const text = decode(file, await readGuarded(file, MAX_BYTES))
  return { file, folder: dirname(file), ...(await parse(file, text, table)) }
}

function decode(file: string, bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new UsageError(`${JSON.stringify(file)} is not a configuration: it is not text in UTF-8.`, { cause })
  }
}

type Parsed = Pick<ConfigurationFile, 'found' | 'faults'>

async function parse(file: string, text: string, table: Table): Promise<Parsed> {
  const yaml = await import('yaml')
  const lines = new yaml.LineCounter()
  const document = documentOf(yaml, text, lines)
  const at = (line: number, path = ''): string => `${file}:${line}${path === '' ? '' : `: ${path}`}`
  if (document === undefined)
    return { found: new Map(), faults: [{ where: at(1), message: 'It is nested too deeply.' }] }
  const problems = [...document.errors, ...document.warnings, ...foreignForms(yaml, document)]
  if (problems.length > 0) {
    const faults = problems.map(({ pos, code }) => ({
      where: at(lines.linePos(pos[0]).line),
      message: yamlProblem(code),
    }))
    const once = new Map(faults.map((fault) => [fault.where + fault.message, fault]))
    return { found: new Map(), faults: [...once.values()] }
  }
  const reader = new Reader(yaml, table, (node) => lines.linePos(node?.range?.[0] ?? 0).line)
  reader.document(document.contents)
  const faults = reader.faults.map(({ line, path, message }) => ({ where: at(line, path), message }))
  return { found: reader.found, faults }
}

type Yaml = typeof YamlModule

/** Nothing for a document that is nested so deeply that the library's recursion does not end. */
function documentOf({ parseDocument }: Yaml, text: string, lineCounter: LineCounter): Document.Parsed | undefined {
  try {
    return parseDocument(text, { version: '1.2', prettyErrors: false, strict: true, uniqueKeys: true, lineCounter })
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

type Problem = Pick<Document.Parsed['errors'][number], 'code' | 'pos'>

/** What the library understands, and a configuration does not have: tags, and other versions, in which `yes` and `010` mean something else. */
function foreignForms(yaml: Yaml, document: Document.Parsed): Problem[] {
  const { explicit, version } = document.directives.yaml
  const found: Problem[] = explicit === true && version !== '1.2' ? [{ code: 'BAD_DIRECTIVE', pos: [0, 0] }] : []
  yaml.visit(document, {
    Node(_, { tag, range }) {
      if (tag !== undefined) found.push({ code: 'TAG_RESOLVE_FAILED', pos: [range?.[0] ?? 0, 0] })
    },
  })
  return found
}

interface Found {
  line: number
  path: string
  message: string
}

/** Walks the document, so that each value and each fault has its line. */
class Reader {
  readonly found = new Map<string, FoundValue>()
  readonly faults: Found[] = []
  readonly #yaml: Yaml
  readonly #lineOf: (node: Node | null | undefined) => number
  readonly #paths: readonly string[]

  constructor(yaml: Yaml, table: Table, lineOf: (node: Node | null | undefined) => number) {
    this.#yaml = yaml
    this.#lineOf = lineOf
    this.#paths = Object.values(table).flatMap((setting) => pathsOf(setting))
  }

  /** The whole document. One that is empty, or has comments alone, sets nothing. */
  document(node: Node | null): void {
    if (!this.#isNull(node)) this.section(node, '')
  }

  /** The mapping at `prefix`, whose members are settings or lead to settings. */
  section(node: Node, prefix: string): void {
    const { isMap } = this.#yaml
    if (!isMap<unknown, Node | null>(node)) return this.#fault(node, prefix, `Expected ${this.#words(prefix)}.`)
    for (const pair of node.items) this.#member(pair, prefix)
  }

  #member({ key, value }: Pair<unknown, Node | null>, prefix: string): void {
    const keyNode = key as Node
    const name = this.#name(keyNode)
    if (name === undefined) return this.#fault(keyNode, prefix, 'The name of a member must be a text.')
    const path = prefix === '' ? name : `${prefix}.${name}`
    if (!this.#known(prefix).includes(name))
      this.#fault(keyNode, path, unknownMember(name, this.#known(prefix)).message)
    else if (this.#paths.includes(path)) this.#value(keyNode, value, path)
    else if (this.#isNull(value)) this.#fault(keyNode, path, `Expected ${this.#words(path)}.`)
    else this.section(value, path)
  }

  #value(keyNode: Node, node: Node | null, path: string): void {
    try {
      const value = this.#plain(node, 0)
      const lineOf = (steps: readonly (string | number)[]): number =>
        this.#lineOf(this.#nearest(node, steps) ?? keyNode)
      this.found.set(path, { value, lineOf })
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      this.#fault(error.node ?? keyNode, path, error.message)
    }
  }

  /** The value as plain data. Mappings have no prototype, so that `__proto__` is a name like any other. */
  #plain(node: Node | null, depth: number): unknown {
    const { isScalar, isSeq, isMap } = this.#yaml
    if (node === null) return null
    if (depth > MAX_DEPTH) throw new Refused('It is nested too deeply.', node)
    if (isScalar(node)) return node.value
    if (isSeq<Node | null>(node)) return node.items.map((item) => this.#plain(item, depth + 1))
    if (!isMap<Node, Node | null>(node))
      throw new Refused('Aliases of YAML are not supported: write the value again.', node)
    const record = Object.create(null) as Record<string, unknown>
    for (const { key, value } of node.items) {
      const name = this.#name(key)
      if (name === undefined) throw new Refused('The name of a member must be a text.', key)
      record[name] = this.#plain(value, depth + 1)
    }
    return record
  }

  #name(key: Node): string | undefined {
    return this.#yaml.isScalar(key) && typeof key.value === 'string' ? key.value : undefined
  }

  #isNull(node: Node | null): node is null {
    return node === null || (this.#yaml.isScalar(node) && node.value === null)
  }

  #nearest(node: Node | null, steps: readonly (string | number)[]): Node | undefined {
    let nearest = node ?? undefined
    for (const step of steps) {
      if (!this.#yaml.isCollection(nearest)) return nearest
      const next = nearest.get(step, true)
      if (!this.#yaml.isNode(next)) return nearest
      nearest = next
    }
    return nearest
  }

  #known(prefix: string): string[] {
    const start = prefix === '' ? '' : `${prefix}.`
    const below = this.#paths.filter((path) => path.startsWith(start)).map((path) => path.slice(start.length))
    return [...new Set(below.map((path) => path.split('.')[0]!))]
  }

  #words(prefix: string): string {
    return `a mapping with ${this.#known(prefix).join(', ')}`
  }

  #fault(node: Node, path: string, message: string): void {
    this.faults.push({ line: this.#lineOf(node), path, message })
  }
}

class Refused extends Error {
  readonly node: Node | undefined

  constructor(message: string, node?: Node) {
    super(message)
    this.node = node
  }
}
