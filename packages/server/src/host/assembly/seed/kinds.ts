/**
 * The kinds of values that a seed file has. Each reads a value strictly, and describes itself for the JSON Schema and for the
 * reference page, so that the three cannot differ.
 */

/** The seed file is invalid. The message says where. */
export class SeedError extends Error {
  override name = 'SeedError'
}

/** One kind of value. */
export interface Kind<T> {
  /** Returns the value. Throws {@link SeedError} with its `path` if it is not of this kind. */
  read(value: unknown, path: string): T
  /** The same as a JSON Schema (draft 2020-12). */
  schema: object
  /** The same in a few words, for people. */
  shown: string
}

/** What a kind reads. */
export type Of<K> = K extends Kind<infer T> ? T : never

/** One member of a mapping. */
export interface Member<T = unknown> {
  kind: Kind<T>
  /** What it means, for people. */
  says: string
  required?: true
  /** What it is where it is left out; otherwise it is absent then. */
  usual?: T
}

type Shape = Readonly<Record<string, Member>>

/** What a mapping of these members reads: required members and those with a default are always there. */
export type Read<S extends Shape> = {
  [N in keyof S as S[N] extends { required: true } | { usual: unknown } ? N : never]: Of<S[N]['kind']>
} & { [N in keyof S as S[N] extends { required: true } | { usual: unknown } ? never : N]?: Of<S[N]['kind']> }

interface TextOptions {
  /** In a few words: `12 digits, in quotes`. */
  wanted: string
  pattern?: RegExp
  /** A rule that a pattern does not express. */
  is?: (text: string) => boolean
}

export function text({ wanted, pattern, is = () => true }: TextOptions): Kind<string> {
  return {
    read(value, path) {
      if (typeof value === 'string' && (pattern === undefined || pattern.test(value)) && is(value)) return value
      throw fault(path, wanted)
    },
    schema: { type: 'string', ...(pattern && { pattern: pattern.source }) },
    shown: wanted,
  }
}

export function oneOf<const T extends string>(...choices: readonly T[]): Kind<T> {
  const wanted = `one of ${choices.join(', ')}`
  return {
    read(value, path) {
      const found = choices.find((choice) => choice === value)
      if (found === undefined) throw fault(path, wanted)
      return found
    },
    schema: { enum: choices },
    shown: choices.map((choice) => `\`${choice}\``).join(', '),
  }
}

export function wholeNumber(least: number, most: number): Kind<number> {
  const wanted = `a whole number from ${least} to ${most}`
  return {
    read(value, path) {
      if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least && value <= most) return value
      throw fault(path, wanted)
    },
    schema: { type: 'integer', minimum: least, maximum: most },
    shown: wanted,
  }
}

export const flag: Kind<boolean> = {
  read(value, path) {
    if (typeof value === 'boolean') return value
    throw fault(path, 'true or false')
  },
  schema: { type: 'boolean' },
  shown: '`true` or `false`',
}

/** A list. `wanted` replaces what is said of a single value that is not as it must be. */
export function listOf<T>(kind: Kind<T>, { wanted, most }: { wanted?: string; most?: number } = {}): Kind<T[]> {
  const shown = wanted ?? `a list of ${kind.shown}`
  return {
    read(value, path) {
      if (!Array.isArray(value)) throw fault(path, wanted ?? 'a list')
      if (most !== undefined && value.length > most) throw fault(path, `at most ${most} of them`)
      return value.map((each, index) => {
        if (wanted === undefined) return kind.read(each, `${path}[${index}]`)
        return insteadOf(path, wanted, () => kind.read(each, path))
      })
    },
    schema: { type: 'array', items: kind.schema, ...(most !== undefined && { maxItems: most }) },
    shown,
  }
}

/** A mapping whose names are chosen freely. */
export function mappingOf<T>(
  kind: Kind<T>,
  { wanted, is = () => true }: { wanted: string; is?: (names: readonly string[]) => boolean },
): Kind<Record<string, T>> {
  return {
    read(value, path) {
      if (!isRecord(value) || !is(Object.keys(value))) throw fault(path, wanted)
      const read = Object.entries(value).map(([name, each]) => [name, kind.read(each, at(path, name))] as const)
      return Object.fromEntries(read)
    },
    schema: { type: 'object', additionalProperties: kind.schema },
    shown: wanted,
  }
}

/** A policy document, as JSON text or as a mapping. */
export const policyDocument: Kind<string> = {
  read(value, path) {
    if (typeof value === 'string') return value
    if (isRecord(value)) return JSON.stringify(value, undefined, 2)
    throw fault(path, 'a policy document, as text or as a mapping')
  },
  schema: { type: ['string', 'object'] },
  shown: 'a policy document, as text or as a mapping',
}

/** A mapping of exactly these members. `whole` is what no single member can say: it throws with {@link fault}. */
export function shapeOf<S extends Shape>(
  name: string,
  members: S,
  whole: (value: Read<S>, path: string) => void = () => {},
): Kind<Read<S>> & { members: S } {
  const names = Object.keys(members)
  const required = names.filter((member) => members[member]?.required)
  return {
    members,
    read(value, path) {
      if (!isRecord(value)) throw fault(path, 'a mapping')
      const unknown = Object.keys(value).find((member) => !names.includes(member))
      if (unknown !== undefined) {
        throw new SeedError(`${at(path, unknown)}: unknown member; known members are ${names.join(', ')}`)
      }
      const read = readMembers(members, value, path) as Read<S>
      whole(read, path)
      return read
    },
    schema: {
      type: 'object',
      additionalProperties: false,
      properties: Object.fromEntries(Object.entries(members).map(([member, declared]) => [member, schemaOf(declared)])),
      ...(required.length > 0 && { required }),
    },
    shown: `a mapping: [${name}](#${name.replaceAll(' ', '-')})`,
  }
}

function readMembers(members: Shape, value: Record<string, unknown>, path: string): Record<string, unknown> {
  const read: Record<string, unknown> = {}
  for (const [name, { kind, required, usual }] of Object.entries(members)) {
    const given = value[name]
    if (given === undefined && !required) {
      if (usual !== undefined) read[name] = usual
    } else read[name] = kind.read(given, at(path, name))
  }
  return read
}

function schemaOf({ kind, says, usual }: Member): object {
  return { ...kind.schema, description: says, ...(usual !== undefined && { default: usual }) }
}

/** The path of a member. That of the whole file is empty. */
export function at(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`
}

export function fault(path: string, wanted: string): SeedError {
  return new SeedError(`${path || 'the document'}: expected ${wanted}`)
}

function insteadOf<T>(path: string, wanted: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof SeedError) throw fault(path, wanted)
    throw error
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
