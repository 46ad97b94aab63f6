import { structureOf, wireTypeOf } from '../model/model.ts'
import type { MemberShape, WireType } from '../model/shapes.ts'
import { Secret } from '../secret.ts'
import type { BodyWriter } from './writer.ts'

/** Writes one value. It throws a TypeError for a value that is not of the model's type: a bug, never bad input. */
export type Encoder = (value: unknown, writer: BodyWriter) => void

const COMMA = 0x2c
const COLON = 0x3a
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
const MILLISECONDS = 1000

const textEncoder = new TextEncoder()
const textDecoder = new TextDecoder()

const SCALARS: Readonly<Record<WireType, Encoder>> = {
  string: (value, writer) => writer.string(typeof value === 'string' ? value : mismatch('a string')),
  integer: (value, writer) => writer.ascii(String(Number.isSafeInteger(value) ? value : mismatch('an integer'))),
  boolean: (value, writer) => writer.ascii(String(typeof value === 'boolean' ? value : mismatch('a boolean'))),
  timestamp: (value, writer) => writer.ascii(String(epochSeconds(value))),
  blob: (value, writer) => writer.base64(value instanceof Uint8Array ? value : mismatch('bytes')),
  secretBlob: (value, writer) => writer.base64(reveal(value)),
  secretString: (value, writer) => writer.string(textDecoder.decode(reveal(value))),
  stringMap: writeStringMap,
}

/** Builds the encoder of a structure once, so that a value costs only a walk over its members. */
export function structureEncoder(structure: string): Encoder {
  const members = structureOf(structure).map((member) => ({
    name: member.name,
    firstKey: textEncoder.encode(`{"${member.name}":`),
    nextKey: textEncoder.encode(`,"${member.name}":`),
    encode: memberEncoder(member),
  }))
  return (value, writer) => {
    const source = isObject(value) ? value : mismatch('a structure')
    let isFirst = true
    for (const { name, firstKey, nextKey, encode } of members) {
      const part = source[name]
      if (part === undefined) continue
      writer.raw(isFirst ? firstKey : nextKey)
      isFirst = false
      encode(part, writer)
    }
    if (isFirst) writer.byte(OPEN_BRACE)
    writer.byte(CLOSE_BRACE)
  }
}

function memberEncoder({ type, isList }: MemberShape): Encoder {
  const wireType = wireTypeOf(type)
  const encode = wireType === undefined ? structureEncoder(type) : SCALARS[wireType]
  return isList ? listEncoder(encode) : encode
}

function listEncoder(encode: Encoder): Encoder {
  return (value, writer) => {
    const list: readonly unknown[] = Array.isArray(value) ? value : mismatch('a list')
    writer.byte(OPEN_BRACKET)
    for (const [index, element] of list.entries()) {
      if (index > 0) writer.byte(COMMA)
      encode(element, writer)
    }
    writer.byte(CLOSE_BRACKET)
  }
}

/** Own enumerable members only: nothing that a prototype adds becomes part of an encryption context. */
function writeStringMap(value: unknown, writer: BodyWriter): void {
  const entries = Object.entries(isObject(value) ? value : mismatch('a map'))
  writer.byte(OPEN_BRACE)
  for (const [index, [name, text]] of entries.entries()) {
    if (index > 0) writer.byte(COMMA)
    writer.string(name)
    writer.byte(COLON)
    writer.string(typeof text === 'string' ? text : mismatch('a map of strings'))
  }
  writer.byte(CLOSE_BRACE)
}

/** The shortest decimal that reads back as the same double, so that milliseconds survive exactly. */
function epochSeconds(value: unknown): number {
  const milliseconds = value instanceof Date ? value.getTime() : Number.NaN
  return Number.isNaN(milliseconds) ? mismatch('a valid Date') : milliseconds / MILLISECONDS
}

function reveal(value: unknown): Uint8Array {
  return value instanceof Secret ? value.reveal() : mismatch('a Secret')
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Never names the value: it may be the secret that was not wrapped. */
function mismatch(expected: string): never {
  throw new TypeError(`The model expects ${expected} here`)
}
