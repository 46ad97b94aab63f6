import type { ServiceError } from '../errors.ts'
import { structureOf, wireTypeOf } from '../model/model.ts'
import type { ServiceModel } from '../model/model.ts'
import type { MemberShape, WireType } from '../model/shapes.ts'
import { queryError } from '../query-errors.ts'
import { Secret } from '../secret.ts'
import type { Form } from './form.ts'

/**
 * Gathers the parameters that belong to one value: `Tags.member.2.Key=k` is, for the list `Tags`, the text `k` at
 * `member.2.Key`. The model decides what is gathered, so that names can neither nest deeper than it nor make anything
 * that it does not have.
 */
interface Gatherer {
  /** `path` is what remains of the parameter's name; `undefined` at its end. */
  add(path: string | undefined, text: string): void
  /** The value; `undefined` when no parameter was for it. */
  finish(): unknown
}

/** Begins a value. Built once for each structure of the model. */
type Begin = () => Gatherer

const INTEGER = /^[+-]?[0-9]{1,16}$/

const textEncoder = new TextEncoder()

const SCALARS: Readonly<Partial<Record<WireType, (text: string) => unknown>>> = {
  string: (text) => text,
  integer: readInteger,
  boolean: readBoolean,
  secretString: (text) => Secret.of(textEncoder.encode(text)),
}

/** What a form says as a value of a structure: a decoder that is built once. Names the model lacks are ignored. */
export function formDecoder(model: ServiceModel, structure: string): (form: Form) => Record<string, unknown> {
  const members = memberTable(model, structure)
  return (form) => {
    const gatherer = new StructureGatherer(members)
    for (const [name, text] of form) gatherer.add(name, text)
    return gatherer.finish()
  }
}

type MemberTable = ReadonlyMap<string, Begin>

function memberTable(model: ServiceModel, structure: string): MemberTable {
  return new Map(structureOf(model, structure).map((member) => [member.name, beginMember(model, member)]))
}

function beginMember(model: ServiceModel, { name, type, isList }: MemberShape): Begin {
  const wireType = wireTypeOf(model, type)
  const begin = wireType === undefined ? beginStructure(memberTable(model, type)) : beginScalar(wireType, name)
  return isList ? () => new ListGatherer(begin) : begin
}

function beginStructure(members: MemberTable): Begin {
  return () => new StructureGatherer(members)
}

function beginScalar(type: WireType, name: string): Begin {
  const read = SCALARS[type]
  if (read === undefined) throw new Error(`No input of a Query service has a ${type}, as ${name} is`)
  return () => new ScalarGatherer(read)
}

class ScalarGatherer implements Gatherer {
  readonly #read: (text: string) => unknown
  #value: unknown

  constructor(read: (text: string) => unknown) {
    this.#read = read
  }

  add(path: string | undefined, text: string): void {
    if (path === undefined) this.#value = this.#read(text)
  }

  finish(): unknown {
    return this.#value
  }
}

class StructureGatherer implements Gatherer {
  readonly #members: MemberTable
  readonly #parts = new Map<string, Gatherer>()

  constructor(members: MemberTable) {
    this.#members = members
  }

  add(path: string | undefined, text: string): void {
    const [name, rest] = cut(path ?? '')
    const begin = this.#members.get(name)
    if (begin !== undefined) partOf(this.#parts, name, begin).add(rest, text)
  }

  finish(): Record<string, unknown> {
    const value: Record<string, unknown> = {} // its member names come from the model, never from the body
    for (const [name, gatherer] of this.#parts) {
      const part = gatherer.finish()
      if (part !== undefined) value[name] = part
    }
    return value
  }
}

/** `List.member.1`, `List.member.2` and so on, in any order; `List=` is the list without elements. */
class ListGatherer implements Gatherer {
  readonly #begin: Begin
  readonly #elements = new Map<string, Gatherer>()
  #isPresent = false

  constructor(begin: Begin) {
    this.#begin = begin
  }

  add(path: string | undefined, text: string): void {
    const [word, rest] = cut(path ?? '')
    if (path === undefined ? text !== '' : word !== 'member') throw malformed('A list is expected here.')
    this.#isPresent = true
    if (path === undefined) return
    const [index, inner] = cut(rest ?? '')
    partOf(this.#elements, index, this.#begin).add(inner, text)
  }

  /**
   * The elements must be named 1, 2 and so on up to their number. Whatever else was named (999999999, 0, 01, length)
   * cost no more than its parameter, and leaves a gap.
   */
  finish(): unknown[] | undefined {
    if (!this.#isPresent) return undefined
    return Array.from({ length: this.#elements.size }, (_, index) => {
      const element = this.#elements.get(String(index + 1))?.finish()
      if (element === undefined) throw malformed('The elements of a list must be numbered from 1 without a gap.')
      return element
    })
  }
}

function partOf(parts: Map<string, Gatherer>, name: string, begin: Begin): Gatherer {
  const known = parts.get(name)
  if (known !== undefined) return known
  const fresh = begin()
  parts.set(name, fresh)
  return fresh
}

/** The first word of a dotted name, and what follows its dot. */
function cut(path: string): [word: string, rest: string | undefined] {
  const dot = path.indexOf('.')
  return dot < 0 ? [path, undefined] : [path.slice(0, dot), path.slice(dot + 1)]
}

function readInteger(text: string): number {
  const value = INTEGER.test(text) ? Number(text) : Number.NaN
  if (!Number.isSafeInteger(value)) throw malformed('A value is not an integer.')
  return value
}

function readBoolean(text: string): boolean {
  if (text !== 'true' && text !== 'false') throw malformed('A value is neither true nor false.')
  return text === 'true'
}

/** The value is not quoted: it may be a secret in the wrong place. */
function malformed(message: string): ServiceError {
  return queryError('MalformedInput', message)
}
