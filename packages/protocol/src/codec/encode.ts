import { structureOf, wireTypeOf } from '../model/model.ts'
import type { ServiceModel } from '../model/model.ts'
import type { MemberShape, WireType } from '../model/shapes.ts'
import {
  asBoolean,
  asBytes,
  asInteger,
  asList,
  asMapEntries,
  asSecretBytes,
  asString,
  asStructure,
  asTimeMs,
} from './values.ts'
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

const writeString: Encoder = (value, writer) => writer.string(asString(value))
const writeInteger: Encoder = (value, writer) => writer.ascii(String(asInteger(value)))

const SCALARS: Readonly<Record<WireType, Encoder>> = {
  string: writeString,
  integer: writeInteger,
  boolean: (value, writer) => writer.ascii(String(asBoolean(value))),
  // The shortest decimal that reads back as the same double, so that milliseconds survive exactly.
  timestamp: (value, writer) => writer.ascii(String(asTimeMs(value) / MILLISECONDS)),
  blob: (value, writer) => writer.base64(asBytes(value)),
  secretBlob: (value, writer) => writer.base64(asSecretBytes(value)),
  secretString: (value, writer) => writer.string(textDecoder.decode(asSecretBytes(value))),
  stringMap: mapEncoder(writeString),
  integerMap: mapEncoder(writeInteger),
}

/** Builds the encoder of a structure once, so that a value costs only a walk over its members. */
export function structureEncoder(model: ServiceModel, structure: string): Encoder {
  const members = structureOf(model, structure).map((member) => ({
    name: member.name,
    firstKey: textEncoder.encode(`{"${member.name}":`),
    nextKey: textEncoder.encode(`,"${member.name}":`),
    encode: memberEncoder(model, member),
  }))
  return (value, writer) => {
    const source = asStructure(value)
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

function memberEncoder(model: ServiceModel, { type, isList }: MemberShape): Encoder {
  const wireType = wireTypeOf(model, type)
  const encode = wireType === undefined ? structureEncoder(model, type) : SCALARS[wireType]
  return isList ? listEncoder(encode) : encode
}

function listEncoder(encode: Encoder): Encoder {
  return (value, writer) => {
    writer.byte(OPEN_BRACKET)
    for (const [index, element] of asList(value).entries()) {
      if (index > 0) writer.byte(COMMA)
      encode(element, writer)
    }
    writer.byte(CLOSE_BRACKET)
  }
}

function mapEncoder(encode: Encoder): Encoder {
  return (value, writer) => {
    writer.byte(OPEN_BRACE)
    for (const [index, [name, part]] of asMapEntries(value).entries()) {
      if (index > 0) writer.byte(COMMA)
      writer.string(name)
      writer.byte(COLON)
      encode(part, writer)
    }
    writer.byte(CLOSE_BRACE)
  }
}
