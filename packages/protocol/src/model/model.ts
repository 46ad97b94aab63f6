import { ENUMERATIONS, OPERATIONS, STRUCTURES } from './kms.gen.ts'
import type { Inputs, ModelErrorCode, Outputs } from './kms.gen.ts'
import { WIRE_TYPES } from './shapes.ts'
import type { OperationShape, StructureShape, WireType } from './shapes.ts'

/** The name of one of the service's operations. */
export type OperationName = keyof Inputs
/** What an operation takes, once decoded. Nothing is checked beyond types until it has been validated. */
export type Input<N extends OperationName> = Inputs[N]
/** What an operation returns; `undefined` where the model has no output. */
export type Output<N extends OperationName> = Outputs[N]

/** All that the wire schema says about a service. */
export interface ServiceModel {
  /** What stands before the operation's name in `X-Amz-Target`. */
  readonly targetPrefix: string
  /** The service in a SigV4 credential scope. */
  readonly signingName: string
  readonly operations: Readonly<Record<OperationName, OperationShape<ModelErrorCode>>>
  readonly structures: Readonly<Record<string, StructureShape>>
  readonly enumerations: Readonly<Record<string, readonly string[]>>
}

export const KMS: ServiceModel = deepFreeze({
  targetPrefix: 'TrentService',
  signingName: 'kms',
  operations: OPERATIONS,
  structures: STRUCTURES,
  enumerations: ENUMERATIONS,
})

export function isOperationName(name: string): name is OperationName {
  return Object.hasOwn(KMS.operations, name)
}

/** The structure of that name. The model is closed under its own names (a test holds it), so a miss is a bug. */
export function structureOf(name: string): StructureShape {
  const structure = KMS.structures[name]
  if (structure === undefined) throw new Error(`The model has no structure ${name}`)
  return structure
}

/** The wire type of a member's `type`: an enumeration travels as a string; a structure has none. */
export function wireTypeOf(type: string): WireType | undefined {
  return Object.hasOwn(KMS.enumerations, type) ? 'string' : WIRE_TYPES.find((wireType) => wireType === type)
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  for (const part of Object.values(value)) deepFreeze(part)
  return Object.freeze(value)
}
