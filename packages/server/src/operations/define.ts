import type { Input, OperationName, Output, Secret, ServiceError } from '@keyhold/protocol'
import type { AuditResource } from '../audit/record.ts'
import type { Caller } from '../identity/caller.ts'
import type { KeyRecord } from '../keys/record.ts'
import type { StateRule } from '../keys/states.ts'
import type { KeyEntry } from '../directory/directory.ts'
import type { Changeset } from '../storage/changeset.ts'
import type { Found } from './found.ts'
import type { Lookup } from './lookup.ts'
import type { Services } from './services.ts'

/** Members that may be logged: never one whose type is Secret. */
type Public<T> = { [K in keyof T]-?: NonNullable<T[K]> extends Secret ? never : K }[keyof T]

/** One KMS key that an operation needs: how to find it, under which action, and what must be true of it. */
export interface KeyTarget<N extends OperationName> {
  /** The IAM action's name after `kms:`; the operation's own unless given. */
  action?: string
  states: StateRule
  usage?: KeyRecord['usage']
  find(input: Input<N>, lookup: Lookup): Promise<Found>
}

/** All that `run` may touch. */
export interface Call<N extends OperationName, K extends string> {
  input: Input<N>
  caller: Caller
  nowMs: number
  keys: Record<K, KeyEntry>
  lookup: Lookup
  services: Services
  /** What to change. It commits together with the audit record once `run` has returned. */
  changes: Changeset
  /** Adds to the audit record's additionalEventData. */
  note(name: string, value: string): void
  /** Adds a resource that did not exist when the request came. */
  concerns(resource: AuditResource): void
}

/** All that the service knows about one operation. Everything else is derived from this. */
export interface Operation<N extends OperationName = OperationName, K extends string = string> {
  name: N
  summary: string
  /** As CloudTrail reports it: cryptographic operations count as reading. */
  readOnly: boolean
  keys: Readonly<Record<K, KeyTarget<N>>>
  /** The alias that is acted on, where the operation acts on one. */
  alias?: { name(input: Input<N>): string }
  /** Grants may allow it. */
  grantable: boolean
  audit: {
    request: readonly Public<Input<N>>[]
    response: readonly Public<Output<N>>[]
    /** What the service takes where the request says nothing, and the record names all the same. */
    defaults?: Pick<Partial<Input<N>>, Public<Input<N>>>
  }
  /** A rule the wire schema cannot say. Returns what is wrong, or nothing. */
  check?(input: Input<N>): ServiceError | undefined
  run(call: Call<N, K>): Promise<Output<N>>
}

/** An operation whose own types are checked where it is declared and forgotten here, as the registry holds them all. */
export type AnyOperation = Omit<Operation, 'audit'> & {
  audit: { request: readonly string[]; response: readonly string[]; defaults?: object }
}

type Declaration<N extends OperationName, K extends string> = Omit<Operation<N, K>, 'keys'> & {
  keys?: Operation<N, K>['keys']
}

/** Declares one operation. The name decides which input, output and loggable members the rest may speak of. */
export function operation<N extends OperationName, K extends string = never>(
  declaration: Declaration<N, K>,
): AnyOperation {
  return { keys: {}, ...declaration } as unknown as AnyOperation
}
