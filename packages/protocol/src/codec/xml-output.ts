import { structureOf, wireTypeOf } from '../model/model.ts'
import type { ServiceModel } from '../model/model.ts'
import type { MemberShape, WireType } from '../model/shapes.ts'
import type { Encoder } from './encode.ts'
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
import { writeXmlBytes, writeXmlText } from './xml-text.ts'

const textEncoder = new TextEncoder()

const writeString: Encoder = (value, writer) => writeXmlText(asString(value), writer)
const writeInteger: Encoder = (value, writer) => writer.ascii(String(asInteger(value)))

const SCALARS: Readonly<Record<WireType, Encoder>> = {
  string: writeString,
  integer: writeInteger,
  boolean: (value, writer) => writer.ascii(String(asBoolean(value))),
  timestamp: (value, writer) => writer.ascii(wholeSeconds(asTimeMs(value))),
  blob: (value, writer) => writer.bareBase64(asBytes(value)),
  secretBlob: (value, writer) => writer.bareBase64(asSecretBytes(value)),
  secretString: (value, writer) => writeXmlBytes(asSecretBytes(value), writer),
  stringMap: mapEncoder(writeString),
  integerMap: mapEncoder(writeInteger),
}

/** Builds the encoder of a structure's content once: an element for each member that is present, in the model's order. */
export function xmlEncoder(model: ServiceModel, structure: string): Encoder {
  const members = structureOf(model, structure).map((member) => ({
    name: member.name,
    encode: element(member.name, memberEncoder(model, member)),
  }))
  return (value, writer) => {
    const source = asStructure(value)
    for (const { name, encode } of members) {
      const part = source[name]
      if (part !== undefined) encode(part, writer)
    }
  }
}

/** Writes what `encode` writes between the tags of an element. */
export function element(name: string, encode: Encoder, attributes = ''): Encoder {
  const open = textEncoder.encode(`<${name}${attributes}>`)
  const close = textEncoder.encode(`</${name}>`)
  return (value, writer) => {
    writer.raw(open)
    encode(value, writer)
    writer.raw(close)
  }
}

/** An element that holds a string. */
export function textElement(name: string): Encoder {
  return element(name, writeString)
}

function memberEncoder(model: ServiceModel, { type, isList }: MemberShape): Encoder {
  const wireType = wireTypeOf(model, type)
  const encode = wireType === undefined ? xmlEncoder(model, type) : SCALARS[wireType]
  return isList ? listEncoder(encode) : encode
}

function listEncoder(encode: Encoder): Encoder {
  const member = element('member', encode)
  return (value, writer) => {
    for (const part of asList(value)) member(part, writer)
  }
}

function mapEncoder(encode: Encoder): Encoder {
  const key = textElement('key')
  const content = element('value', encode)
  const entry = element('entry', (pair, writer) => {
    const [name, part] = pair as [string, unknown]
    key(name, writer)
    content(part, writer)
  })
  return (value, writer) => {
    for (const pair of asMapEntries(value)) entry(pair, writer)
  }
}

/** ISO 8601 in whole seconds, as IAM and STS write times. */
function wholeSeconds(timeMs: number): string {
  return new Date(timeMs).toISOString().replace(/\.\d{3}Z$/, 'Z')
}
