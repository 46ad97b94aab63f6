/** One member of a structure. `type` is a {@link WireType}, or the name of an enumeration or a structure. */
export interface MemberShape {
  readonly name: string
  readonly type: string
  readonly isList: boolean
  readonly required: boolean
}

/** How a value that is neither an enumeration nor a structure travels. The `secret…` types become a `Secret`. */
export const WIRE_TYPES = [
  'string',
  'integer',
  'boolean',
  'timestamp',
  'blob',
  'secretString',
  'secretBlob',
  'stringMap',
  'integerMap',
] as const

export type WireType = (typeof WIRE_TYPES)[number]

export type StructureShape = readonly MemberShape[]

export interface OperationShape<ErrorCode extends string = string> {
  readonly input: string
  /** The name of the output structure; `undefined`: the answer is an empty body. */
  readonly output: string | undefined
  readonly errors: readonly ErrorCode[]
}
