import { WIRE_TYPES } from './shapes.ts'
import type { OperationShape, StructureShape, WireType } from './shapes.ts'

/** All that the wire schema says about a service. */
export interface ServiceModel<Name extends string = string, ErrorCode extends string = string> {
  /** The service in a SigV4 credential scope. */
  readonly signingName: string
  /** The version of the API: a date. */
  readonly apiVersion: string
  readonly operations: Readonly<Record<Name, OperationShape<ErrorCode>>>
  readonly structures: Readonly<Record<string, StructureShape>>
  readonly enumerations: Readonly<Record<string, readonly string[]>>
}

/** Whether the service has an operation of that name. */
export function hasOperation<Name extends string>(model: ServiceModel<Name>, name: string): name is Name {
  return Object.hasOwn(model.operations, name)
}

/** The operation of that name. Names are looked up before anything is done with them, so a miss is a bug. */
export function operationOf(model: ServiceModel, name: string): OperationShape {
  const operation = hasOperation(model, name) ? model.operations[name] : undefined
  if (operation === undefined) throw new Error(`The service ${model.signingName} has no operation ${name}`)
  return operation
}

/** The structure of that name. The model is closed under its own names (a test holds it), so a miss is a bug. */
export function structureOf(model: ServiceModel, name: string): StructureShape {
  const structure = model.structures[name]
  if (structure === undefined) throw new Error(`The model has no structure ${name}`)
  return structure
}

/** The wire type of a member's `type`: an enumeration travels as a string; a structure has none. */
export function wireTypeOf(model: ServiceModel, type: string): WireType | undefined {
  return Object.hasOwn(model.enumerations, type) ? 'string' : WIRE_TYPES.find((wireType) => wireType === type)
}

/** The model itself, which can no longer be changed. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  for (const part of Object.values(value)) deepFreeze(part)
  return Object.freeze(value)
}
