import { serviceError } from '../errors.ts'
import type { ServiceError } from '../errors.ts'
import type { JsonObject, JsonValue } from '../json.ts'
import { structureOf, wireTypeOf } from '../model/model.ts'
import type { ServiceModel } from '../model/model.ts'
import type { MemberShape, WireType } from '../model/shapes.ts'
import { Secret } from '../secret.ts'
import { decodeBase64 } from './base64.ts'

/** Reads one value, which is not null. It throws a SerializationException for a value of the wrong type. */
export type Decoder<T> = (value: JsonValue) => T

const MILLISECONDS = 1000

const textEncoder = new TextEncoder()

const SCALARS: Readonly<Record<WireType, Decoder<unknown>>> = {
  string: readString,
  integer: readInteger,
  boolean: (value) => (typeof value === 'boolean' ? value : fail(value, 'a Boolean')),
  timestamp: readTimestamp,
  blob: readBlob,
  secretBlob: (value) => Secret.of(readBlob(value)),
  secretString: (value) => Secret.of(textEncoder.encode(readString(value))),
  stringMap: mapDecoder(readString),
  integerMap: mapDecoder(readInteger),
}

/** Builds the decoder of a structure once. Unknown members are ignored and null ones count as absent, as AWS does. */
export function structureDecoder(model: ServiceModel, structure: string): Decoder<Record<string, unknown>> {
  const decoders = new Map(structureOf(model, structure).map((member) => [member.name, memberDecoder(model, member)]))
  return (value) => {
    const source = readObject(value)
    const decoded: Record<string, unknown> = {} // its member names come from the model, never from the body
    for (const name in source) {
      const part = source[name]
      const decode = decoders.get(name)
      if (decode !== undefined && part !== undefined && part !== null) decoded[name] = decode(part)
    }
    return decoded
  }
}

function memberDecoder(model: ServiceModel, { type, isList }: MemberShape): Decoder<unknown> {
  const wireType = wireTypeOf(model, type)
  const decode = wireType === undefined ? structureDecoder(model, type) : SCALARS[wireType]
  return isList ? listDecoder(decode) : decode
}

function listDecoder(decode: Decoder<unknown>): Decoder<unknown[]> {
  return (value) => {
    if (!Array.isArray(value)) return isContainer(value) ? fail(value, 'a List') : failWith('Expected list or null')
    return value.map((element) => decode(element))
  }
}

/**
 * The object itself: it has no prototype, and its values are found to be of their type. A null value is refused and not
 * left out, because an encryption context without the pair would be a different context.
 */
function mapDecoder(read: Decoder<unknown>): Decoder<JsonObject> {
  return (value) => {
    const map = readObject(value)
    for (const name in map) read(map[name] ?? null)
    return map
  }
}

function readObject(value: JsonValue): JsonObject {
  if (Array.isArray(value)) return fail(value, 'a Structure')
  return isContainer(value) ? value : failWith('Expected structure, map or null')
}

function readString(value: JsonValue): string {
  return typeof value === 'string' ? value : fail(value, 'a String')
}

function readInteger(value: JsonValue): number {
  return Number.isSafeInteger(value) ? (value as number) : fail(value, 'an Integer')
}

/** Epoch seconds, with or without a fraction. A Date keeps milliseconds; finer digits are rounded. */
function readTimestamp(value: JsonValue): Date {
  const expected = 'milliseconds since epoch'
  const date = typeof value === 'number' ? new Date(Math.round(value * MILLISECONDS)) : fail(value, expected)
  return Number.isNaN(date.getTime()) ? fail(value, expected) : date
}

function readBlob(value: JsonValue): Uint8Array<ArrayBuffer> {
  return decodeBase64(typeof value === 'string' ? value : fail(value, 'a Blob')) ?? failBase64()
}

function isContainer(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null
}

/** Refuses a blob that is not base64 in its one canonical spelling. The value may be a secret: it is not quoted. */
export function failBase64(): never {
  return failWith('A blob is not valid base64: standard alphabet, padded, without white space')
}

/** AWS's sentences for a value of the wrong type; they name its kind, never the value. */
function fail(value: JsonValue, expected: string): never {
  if (Array.isArray(value)) return failWith('Start of list found where not expected')
  if (isContainer(value)) return failWith('Start of structure or map found where not expected.')
  const kind = value === null ? 'NULL' : typeof value === 'boolean' ? String(value).toUpperCase() : typeof value
  return failWith(`${kind.toUpperCase()}_VALUE can not be converted to ${expected}`)
}

function failWith(message: string): never {
  const error: ServiceError = serviceError('SerializationException', message)
  throw error
}
