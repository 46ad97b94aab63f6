import * as fc from 'fast-check'
import { structureOf, wireTypeOf } from '../../src/model/model.ts'
import type { ServiceModel } from '../../src/model/model.ts'
import type { MemberShape, WireType } from '../../src/model/shapes.ts'
import { Secret } from '../../src/secret.ts'

const text = fc.string({ unit: 'binary', maxLength: 40 })
/** Names that JSON writes without escapes: with them, V8's JSON.parse, which the official SDK uses, makes mistakes. */
const plainName = text.map((value) => value.replaceAll(/[\u0000-\u001f"\\]/g, '_'))
/** Views into larger buffers too, which is how bytes arrive in practice. */
const bytes = fc
  .tuple(fc.uint8Array({ maxLength: 200 }), fc.nat(5))
  .map(([all, skipped]) => all.subarray(Math.min(skipped, all.length)))

export type Scalars = Readonly<Record<WireType, () => fc.Arbitrary<unknown>>>

export const SCALARS: Scalars = {
  string: () => text,
  integer: () => fc.maxSafeInteger(),
  boolean: () => fc.boolean(),
  timestamp: () => fc.date({ noInvalidDate: true, min: new Date(0), max: new Date('9999-12-31T23:59:59.999Z') }),
  blob: () => bytes,
  secretBlob: () => bytes.map((value) => Secret.of(value.slice())),
  secretString: () => text.map((value) => Secret.of(new TextEncoder().encode(value))),
  stringMap: () => fc.dictionary(plainName, text, { maxKeys: 4 }),
  integerMap: () => fc.dictionary(plainName, fc.maxSafeInteger(), { maxKeys: 4 }),
}

/** Any value of a structure of the model: of the right types, with the constraints disregarded. */
export function valueOf(
  model: ServiceModel,
  structure: string,
  scalars: Scalars = SCALARS,
): fc.Arbitrary<Record<string, unknown>> {
  const members = structureOf(model, structure)
  const requiredKeys = members.filter(({ required }) => required).map(({ name }) => name)
  const values = Object.fromEntries(members.map((member) => [member.name, memberOf(model, member, scalars)]))
  return fc.record(values, { requiredKeys, noNullPrototype: true })
}

function memberOf(model: ServiceModel, { type, isList }: MemberShape, scalars: Scalars): fc.Arbitrary<unknown> {
  const wireType = wireTypeOf(model, type)
  const enumeration = model.enumerations[type]
  const single = enumeration
    ? fc.constantFrom(...enumeration)
    : wireType
      ? scalars[wireType]()
      : valueOf(model, type, scalars)
  return isList ? fc.array(single, { maxLength: 3 }) : single
}

/**
 * A copy in which comparison sees what matters: secrets as their bytes, byte arrays as plain arrays (the class does not
 * matter: Buffer or Uint8Array), maps without prototypes.
 */
export function comparable(value: unknown): unknown {
  if (value instanceof Secret) return { secret: comparable(value.reveal()) }
  if (value instanceof Uint8Array) return { bytes: [...value] }
  if (value instanceof Date || typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(comparable)
  const entries = Object.entries(value).filter(([, part]) => part !== undefined)
  return Object.assign(
    Object.create(null) as object,
    Object.fromEntries(entries.map(([name, part]) => [name, comparable(part)])),
  )
}

/** What the official SDK has in place of our secrets: the bytes, or for a sensitive string its text. */
export function withoutSecrets(
  model: ServiceModel,
  structure: string,
  value: Record<string, unknown>,
): Record<string, unknown> {
  const members = structureOf(model, structure).filter(({ name }) => value[name] !== undefined)
  const plain = members.map((member) => [member.name, memberWithoutSecrets(model, member, value[member.name])] as const)
  return Object.fromEntries(plain)
}

function memberWithoutSecrets(model: ServiceModel, { type, isList }: MemberShape, value: unknown): unknown {
  if (value instanceof Secret)
    return type === 'secretString' ? new TextDecoder().decode(value.reveal()) : value.reveal()
  if (wireTypeOf(model, type) !== undefined) return value
  const plain = (part: unknown) => withoutSecrets(model, type, part as Record<string, unknown>)
  return isList ? (value as unknown[]).map(plain) : plain(value)
}
