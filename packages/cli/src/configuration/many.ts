import { expected, type Kind, within, WrongValue } from './kind.ts'

/** No list or mapping of a configuration is longer. */
const MOST = 1000

/**
 * Several values of a kind: with commas between them in a text, and as a list in a file. `separator` is for values that contain
 * commas themselves.
 */
export function list<T>(item: Kind<T>, separator: string | RegExp = ','): Kind<readonly T[]> {
  const words = `a list; each entry: ${item.words}`
  return {
    placeholder: `${item.placeholder ?? 'value'},…`,
    words,
    repeatable: true,
    schema: { type: 'array', items: item.schema, maxItems: MOST },
    fromText: (text) => pieces(text, separator).map((piece) => item.fromText(piece)),
    fromFile: (value, folder) =>
      arrayOf(value, words).map((each, index) => within(index, () => item.fromFile(each, folder))),
    toText: (values) => values.map((value) => item.toText(value)).join(','),
    shown: (values) => values.map((value) => item.shown(value)),
    paths: (values) => values.flatMap((value) => item.paths?.(value) ?? []),
  }
}

/** Names that the user chooses, each with a value: `name=value,…` in a text, and a mapping in a file. */
export function map<T>(item: Kind<T>): Kind<ReadonlyMap<string, T>> {
  const words = `names, each with ${item.words}`
  return {
    placeholder: 'name=value,…',
    words,
    repeatable: true,
    schema: { type: 'object', additionalProperties: item.schema, maxProperties: MOST },
    fromText: (text) =>
      new Map([...pairs(text)].map(([name, value]) => [name, within(name, () => item.fromText(value))])),
    fromFile: (value, folder) => {
      const entries = Object.entries(recordOf(value, words))
      return new Map(entries.map(([name, each]) => [name, within(name, () => item.fromFile(each, folder))]))
    },
    toText: (values) => [...values].map(([name, value]) => `${name}=${item.toText(value)}`).join(','),
    shown: (values) => Object.fromEntries([...values].map(([name, value]) => [name, item.shown(value)])),
    paths: (values) => [...values.values()].flatMap((value) => item.paths?.(value) ?? []),
  }
}

/** Kinds by the names of members. */
export type Members = Readonly<Record<string, Kind<unknown>>>

export type ObjectOf<M extends Members, R extends keyof M> = {
  readonly [K in keyof M as K extends R ? K : never]: ValueOfKind<M[K]>
} & { readonly [K in keyof M as K extends R ? never : K]?: ValueOfKind<M[K]> }

type ValueOfKind<K> = K extends Kind<infer T> ? T : never

/**
 * Several things with members of their own, such as certificates: a list of mappings in a file. A flag has
 * `member=value,…` for one of them and is repeated; a variable has `;` between them. What needs a comma, a semicolon or a
 * list within goes into a file.
 */
export function objects<const M extends Members, const R extends keyof M & string>(
  members: M,
  required: readonly R[],
): Kind<readonly ObjectOf<M, R>[]> {
  const names = Object.keys(members)
  const words = `a list of mappings with ${names.map((name) => (required.includes(name as R) ? name : `${name}?`)).join(', ')}`
  const read = (value: object, each: (kind: Kind<unknown>, value: never) => unknown): ObjectOf<M, R> => {
    for (const name of Object.keys(value)) if (!Object.hasOwn(members, name)) throw unknownMember(name, names)
    for (const name of required) if (!Object.hasOwn(value, name)) throw new WrongValue(`The member ${name} is missing.`)
    const entries = Object.entries(value) as [string, never][]
    return Object.fromEntries(
      entries.map(([name, one]) => [name, within(name, () => each(members[name]!, one))]),
    ) as ObjectOf<M, R>
  }
  return {
    placeholder: names.map((name) => `${name}=…`).join(','),
    words,
    repeatable: true,
    schema: {
      type: 'array',
      maxItems: MOST,
      items: {
        type: 'object',
        properties: Object.fromEntries(names.map((name) => [name, members[name]!.schema])),
        required,
        additionalProperties: false,
      },
    },
    fromText: (text) =>
      pieces(text, ';').map((piece, index) =>
        within(index, () => read(Object.fromEntries(pairs(piece)), (kind, value: string) => kind.fromText(value))),
      ),
    fromFile: (value, folder) =>
      arrayOf(value, words).map((one, index) =>
        within(index, () => read(recordOf(one, 'a mapping'), (kind, each: unknown) => kind.fromFile(each, folder))),
      ),
    toText: (values) =>
      values
        .map((value) =>
          Object.entries(value)
            .map(([name, one]) => `${name}=${members[name]!.toText(one)}`)
            .join(','),
        )
        .join(';'),
    shown: (values) =>
      values.map((value) =>
        Object.fromEntries(Object.entries(value).map(([name, one]) => [name, members[name]!.shown(one)])),
      ),
    paths: (values) =>
      values.flatMap((value) => Object.entries(value).flatMap(([name, one]) => members[name]!.paths?.(one) ?? [])),
  }
}

/** An unknown member, with the names that are known in its place. */
export function unknownMember(name: string, known: readonly string[]): WrongValue {
  return new WrongValue(`${JSON.stringify(name)} is not known here. Known are ${known.join(', ')}.`)
}

function pieces(text: string, separator: string | RegExp): string[] {
  const found = text.split(separator)
  if (found.length > MOST) throw new WrongValue(`There are more than ${MOST} entries.`)
  return found
}

function pairs(text: string): Map<string, string> {
  const found = new Map<string, string>()
  for (const piece of pieces(text, ',')) {
    const equals = piece.indexOf('=')
    if (equals < 1) throw expected('name=value')
    const name = piece.slice(0, equals)
    if (found.has(name)) throw new WrongValue(`${JSON.stringify(name)} is there twice.`)
    found.set(name, piece.slice(equals + 1))
  }
  return found
}

function arrayOf(value: unknown, words: string): readonly unknown[] {
  if (!Array.isArray(value)) throw expected(words)
  if (value.length > MOST) throw new WrongValue(`There are more than ${MOST} entries.`)
  return value
}

function recordOf(value: unknown, words: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw expected(words)
  if (Object.keys(value).length > MOST) throw new WrongValue(`There are more than ${MOST} entries.`)
  return value as Record<string, unknown>
}
