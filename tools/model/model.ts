import { WIRE_TYPES } from '../../packages/protocol/src/model/shapes.ts'

/** A service as the generator holds it between reading and rendering. */
export interface Model {
  sdk: string
  enumerations: Map<string, string[]>
  structures: Map<string, Member[]>
  operations: Operation[]
  errors: ModelError[]
}

export interface Member {
  name: string
  type: string
  isList: boolean
  required: boolean
}

export interface Operation {
  name: string
  input: string
  output: string | undefined
  /** Codes as they stand in an answer. */
  errors: string[]
}

export interface ModelError {
  /** The name of the SDK's class. */
  name: string
  /** The name in an answer: in the Query protocol it may differ from the name. */
  code: string
  /** The HTTP status, where the protocol binds it to the code. */
  status: number | undefined
}

/** What of the model the operations of those names reach, and nothing else of it. */
export function restrictedTo(names: readonly string[], model: Model): Model {
  const operations = model.operations.filter(({ name }) => names.includes(name))
  const missing = names.filter((name) => !operations.some((operation) => operation.name === name))
  if (missing.length > 0) throw new Error(`${model.sdk} has no operation ${missing.join(', ')}`)
  const roots = operations.flatMap(({ input, output }) => (output === undefined ? [input] : [input, output]))
  const reached = new Set(roots.flatMap((name) => reach(name, model, [])))
  const codes = new Set(operations.flatMap(({ errors }) => errors))
  return {
    sdk: model.sdk,
    enumerations: picked(model.enumerations, reached),
    structures: picked(model.structures, reached),
    operations,
    errors: model.errors.filter(({ code }) => codes.has(code)),
  }
}

/** The types that a value of the type may hold. A structure within itself would have no end, for our codecs either. */
function reach(type: string, model: Model, within: readonly string[]): string[] {
  if (within.includes(type)) throw new Error(`${type} holds itself: ${within.join(' → ')}`)
  const members = model.structures.get(type)
  if (members === undefined) return [leaf(type, model)]
  return [type, ...members.flatMap((member) => reach(member.type, model, [...within, type]))]
}

function leaf(type: string, { enumerations }: Model): string {
  if (enumerations.has(type) || WIRE_TYPES.some((wireType) => wireType === type)) return type
  throw new Error(`The model has a type that our codecs do not know: ${type}`)
}

function picked<T>(all: ReadonlyMap<string, T>, names: ReadonlySet<string>): Map<string, T> {
  return new Map([...all].filter(([name]) => names.has(name)))
}
