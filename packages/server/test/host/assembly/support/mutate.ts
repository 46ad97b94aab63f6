import fc from 'fast-check'

type Json = null | boolean | number | string | Json[] | { [name: string]: Json }

/** Values that have no business where they are put. The last ones are no JSON that a serialiser writes. */
const INTRUDERS: readonly string[] = [
  ['null', 'true', '0', '-1', '1.5', '2147483648', '9007199254740993', '1e999', '""', '" "', '[]', '{}', '[[]]'],
  ['"AAAA"', '"AB=="', '"\\u0000"', '"\\ud800"', '"\\u202e"', '{"__proto__":{"a":"b"}}', '{"a":{"a":{"a":1}}}'],
  ['"alias/aws/kms"', '"arn:aws:kms:::"', '"arn:aws:kms:eu-central-1:111122223333:key/"', '["AAAA","AAAA"]'],
  [`"${'x'.repeat(10_000)}"`, `"${'é'.repeat(2048)}"`, `${'['.repeat(40)}${']'.repeat(40)}`, 'undefined', '', "'a'"],
].flat()

/** How to spoil a text: every part is drawn at random, and shrinks. */
export type Spoiling =
  | { kind: 'member'; at: number; with: string }
  | { kind: 'swap'; at: number; from: number }
  | { kind: 'rename'; at: number; as: string }
  | { kind: 'bit'; at: number; bit: number }
  | { kind: 'cut'; at: number }
  | { kind: 'insert'; at: number; byte: number }
  | { kind: 'repeat'; at: number; length: number }

const at = fc.nat({ max: 1_000_000 })
const name = fc.constantFrom('__proto__', 'constructor', 'KeyId', 'Plaintext', 'DryRun', 'GrantTokens', '', 'x')

export const spoiling: fc.Arbitrary<Spoiling> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('member'), at, with: fc.constantFrom(...INTRUDERS) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('swap'), at, from: at }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('rename'), at, as: name }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('bit'), at, bit: fc.nat({ max: 7 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('cut'), at }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('insert'), at, byte: fc.nat({ max: 255 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('repeat'), at, length: fc.integer({ min: 1, max: 40 }) }) },
)

/** The request's body, spoilt. `at` counts from the start, again and again. */
export function spoilt(input: object, spoiling: Spoiling): Buffer {
  if (spoiling.kind === 'member' || spoiling.kind === 'swap' || spoiling.kind === 'rename') {
    return Buffer.from(spoiltMembers(input as Json, spoiling))
  }
  return spoiltBytes(Buffer.from(JSON.stringify(input)), spoiling)
}

/** Bytes with one fault in them. */
export function spoiltBytes(bytes: Buffer, spoiling: Spoiling): Buffer {
  const place = spoiling.at % bytes.byteLength
  const [before, after] = [bytes.subarray(0, place), bytes.subarray(place)]
  switch (spoiling.kind) {
    case 'bit': {
      const flipped = Buffer.from(bytes)
      flipped[place] = (bytes[place] ?? 0) ^ (1 << spoiling.bit)
      return flipped
    }
    case 'cut':
      return before
    case 'insert':
      return Buffer.concat([before, Buffer.of(spoiling.byte), after])
    case 'repeat':
      return Buffer.concat([before, after.subarray(0, spoiling.length), after])
    default:
      return Buffer.concat([after, before])
  }
}

type MemberSpoiling = Extract<Spoiling, { kind: 'member' | 'swap' | 'rename' }>

/** The JSON text with one of its values, however deep, replaced or under another name. */
function spoiltMembers(input: Json, spoiling: MemberSpoiling): string {
  const values = valuesOf(input)
  const chosen = spoiling.at % values.length
  const other = spoiling.kind === 'swap' ? values[spoiling.from % values.length] : undefined
  let seen = -1
  const write = (value: Json, label = ''): string => {
    seen += 1
    const text = seen === chosen && spoiling.kind !== 'rename' ? replacement() : writeInside(value)
    return `${label}${text}`
  }
  const replacement = (): string => (spoiling.kind === 'member' ? spoiling.with : JSON.stringify(other))
  const writeInside = (value: Json): string => {
    if (Array.isArray(value)) return `[${value.map((item) => write(item)).join(',')}]`
    if (value === null || typeof value !== 'object') return JSON.stringify(value)
    const members = Object.entries(value).map(([name, item]) => {
      const shown = spoiling.kind === 'rename' && seen + 1 === chosen ? spoiling.as : name
      return write(item, `${JSON.stringify(shown)}:`)
    })
    return `{${members.join(',')}}`
  }
  return write(input)
}

function valuesOf(value: Json): Json[] {
  const inside = value === null || typeof value !== 'object' ? [] : Object.values(value)
  return [value, ...inside.flatMap(valuesOf)]
}
