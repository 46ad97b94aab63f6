import type { JsonObject, JsonValue } from '@keyhold/protocol'
import type { PolicyFault } from '../contract.ts'

/** Thrown during parsing, and caught where parsing started. */
export class Malformed extends Error {
  readonly fault: PolicyFault

  constructor(fault: PolicyFault) {
    super(fault.message)
    this.fault = fault
  }
}

/** A value of the policy and its place. */
export class Place {
  readonly value: JsonValue
  readonly path: string

  constructor(value: JsonValue, path: string) {
    this.value = value
    this.path = path
  }

  malformed(message: string, invalidPrincipal?: string): Malformed {
    return new Malformed({ path: this.path, message, ...(invalidPrincipal !== undefined && { invalidPrincipal }) })
  }

  /** The members of an object, with their names. Throws {@link Malformed} for any other value. */
  members(): [string, Place][] {
    const { value } = this
    if (!isObject(value)) throw this.malformed('Must be an object')
    return Object.entries(value).map(([name, member]) => [name, new Place(member, memberPath(this.path, name))])
  }

  /** The members of an object that can have only members of these names. Throws {@link Malformed} for others. */
  membersNamed(names: readonly string[]): Map<string, Place> {
    const members = this.members()
    const unknown = members.find(([name]) => !names.includes(name))
    if (unknown !== undefined) throw unknown[1].malformed('Unknown element')
    return new Map(members)
  }

  /**
   * The elements of an array, or the value itself: the language allows a single element without brackets. Throws {@link
   * Malformed} for an empty array.
   */
  elements(whenEmpty = 'Must not be empty'): Place[] {
    const elements = this.elementsOrNone()
    if (elements.length === 0) throw this.malformed(whenEmpty)
    return elements
  }

  /** Like {@link elements}, but the array can be empty. */
  elementsOrNone(): Place[] {
    const { value, path } = this
    if (!Array.isArray(value)) return [this]
    return value.map((element, index) => new Place(element, `${path}[${index}]`))
  }

  string(): string {
    if (typeof this.value !== 'string') throw this.malformed('Must be a string')
    return this.value
  }

  strings(whenEmpty?: string): [string, Place][] {
    return this.elements(whenEmpty).map((place) => [place.string(), place])
  }

  oneOf<T extends string>(choices: readonly T[]): T {
    const found = choices.find((choice) => choice === this.value)
    if (found === undefined) throw this.malformed(`Must be ${choices.map((choice) => `"${choice}"`).join(' or ')}`)
    return found
  }
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** JSONPath (RFC 9535): names that are not identifiers are quoted. */
function memberPath(path: string, name: string): string {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? `${path}.${name}` : `${path}[${JSON.stringify(name)}]`
}
