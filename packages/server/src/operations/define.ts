import type { Input, OperationName, Output, Secret, ServiceError } from '@keyhold/protocol'
import type { AuditResource } from '../audit/record.ts'
import type { OwnConditions } from '../authorization/request-facts.ts'
import { type Caller, placeOf } from '../identity/caller.ts'
import { aliasArn } from '../keys/arns.ts'
import type { KeyRecord } from '../keys/record.ts'
import type { StateRule } from '../keys/states.ts'
import type { KeyEntry } from '../directory/directory.ts'
import type { Changeset } from '../storage/changeset.ts'
import type { Authorizer } from './authorize.ts'
import type { Found } from './found.ts'
import type { Lookup } from './lookup.ts'
import type { Needed } from './needed.ts'
import type { ServiceName, Services } from './services.ts'

/** Members that may be logged: never one whose type is Secret. */
type Public<T> = { [K in keyof T]-?: NonNullable<T[K]> extends Secret ? never : K }[keyof T]

/** One KMS key that an operation needs: how to find it, under which action, and what must be true of it. */
export interface KeyTarget<N extends OperationName> {
  /** The IAM action's name after `kms:`; the operation's own unless given. */
  action?: string
  states: StateRule
  usage?: KeyRecord['usage']
  find(input: Input<N>, lookup: Lookup): Promise<Found>
  /** What policies and grants take for the encryption context; the member EncryptionContext unless given. */
  context?(input: Input<N>): Record<string, string> | undefined
  /** Condition keys of this operation alone; what the request leaves to its default counts as said. */
  conditions?(input: Input<N>, found: Readonly<Record<string, Found>>): OwnConditions
}

/** All that `run` may touch. */
export interface Call<N extends OperationName, K extends string> {
  input: Input<N>
  caller: Caller
  nowMs: number
  keys: Record<K, KeyEntry>
  lookup: Lookup
  services: Services
  /** For what can be decided only on the way, such as whether a new policy still lets the caller in. */
  authorizer: Authorizer
  /** What to change. It commits together with the audit record once `run` has returned. */
  changes: Changeset
  /** Adds to the audit record's additionalEventData. */
  note(name: string, value: string): void
  /** Adds a resource that did not exist when the request came. */
  concerns(resource: AuditResource): void
}

/** All that the service knows about one operation. Everything else is derived from this. */
export interface Operation<N extends OperationName = OperationName, K extends string = string> {
  /** The signing name of its service, which is also the prefix of its actions. */
  service: ServiceName
  name: N
  summary: string
  /** As CloudTrail reports it: cryptographic operations count as reading. */
  readOnly: boolean
  keys: Readonly<Record<K, KeyTarget<N>>>
  /** The alias that is acted on, where the operation acts on one. */
  alias?: { name(input: Input<N>): string }
  /** What the caller must be allowed beside its keys. An operation without keys needs its own action on `*` unless given. */
  needs?(input: Input<N>, context: NeedsContext): readonly Needed[] | Promise<readonly Needed[]>
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

type Declaration<N extends OperationName, K extends string> = Omit<Operation<N, K>, 'keys' | 'service'> & {
  keys?: Operation<N, K>['keys']
}

interface NeedsContext {
  caller: Caller
  lookup: Lookup
}

/** Declares one operation. The name decides which input, output and loggable members the rest may speak of. */
export function operation<N extends OperationName, K extends string = never>(
  declaration: Declaration<N, K>,
): AnyOperation {
  const { name, keys = {}, alias } = declaration
  const needs = (input: Input<N>, { caller }: NeedsContext): Needed[] => {
    if (alias) return [{ action: `kms:${name}`, resource: aliasArn(placeOf(caller), alias.name(input)) }]
    return Object.keys(keys).length > 0 ? [] : [{ action: `kms:${name}`, resource: '*' }]
  }
  return { service: 'kms', keys, needs, ...declaration } as unknown as AnyOperation
}
