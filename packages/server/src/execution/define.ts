import type {
  Input,
  KeyLastUsageTrackingOperation,
  OperationName,
  OperationOf,
  Output,
  Secret,
  ServiceError,
  ServiceInputs,
  ServiceName,
  ServiceOutputs,
} from '@keyhold/protocol'
import type { AuditRecord, AuditResource } from '../audit/record.ts'
import type { ActionRules } from '../domain/policy/action-rules.ts'
import type { GrantRule } from '../domain/policy/grants/grant-rule.ts'
import type { OwnConditions } from '../domain/policy/request-facts.ts'
import type { KeyEntry } from '../identity/directory/directory.ts'
import { type Caller, placeOf } from '../identity/accounts/caller.ts'
import { aliasArn } from '../domain/keys/arns.ts'
import type { KeyRecord } from '../domain/keys/record.ts'
import type { StateRule } from '../domain/keys/states.ts'
import type { Changeset } from '../vault/records/changeset.ts'
import type { KeyQuestion } from './authorizer/access-question.ts'
import type { Authorizer } from './authorizer/authorizer.ts'
import type { Decided } from './authorizer/decided.ts'
import type { Found, Lookup } from './lookup.ts'
import type { Needed } from './needed.ts'
import type { Services } from './services.ts'
import { EVERY_SESSION, type SessionKind } from './session-fault.ts'
import type { KmsRate, QueryRate, Rate } from './throttle/rates.ts'

type InputOf<S extends ServiceName, N extends OperationOf<S>> = ServiceInputs[S][N]
type OutputOf<S extends ServiceName, N extends OperationOf<S>> = ServiceOutputs[S][N & keyof ServiceOutputs[S]]

/**
 * Members that may be logged: never one whose type is Secret. Where a secret lies within a structure, the other members
 * of that structure are named one by one, by their paths: `AccessKey.UserName`.
 */
type Public<T> = { [K in keyof T & string]-?: PublicPart<K, NonNullable<T[K]>> }[keyof T & string]
type PublicPart<K extends string, T> = [T] extends [Secret]
  ? never
  : HoldsSecret<T> extends false
    ? K
    : `${K}.${Public<T>}`
type HoldsSecret<T> = true extends SecretsIn<T> ? true : false
type SecretsIn<T> = T extends Secret
  ? true
  : T extends readonly (infer E)[]
    ? SecretsIn<E>
    : T extends Date | Uint8Array
      ? false
      : T extends object
        ? { [K in keyof T]-?: SecretsIn<NonNullable<T[K]>> }[keyof T]
        : false

/** One KMS key that an operation needs: how to find it, under which action, and what must be true of it. */
export interface KeyTarget<N extends OperationName> {
  /** The IAM action's name after `kms:`; the operation's own unless given. */
  action?: string
  states: StateRule
  /** The only origin of keys that this can ever be done with: asked before the state, as on AWS. */
  origin?: KeyRecord['origin']
  usage?: KeyRecord['usage']
  /** What else can be wrong with this key for this request, and which of the usual questions AWS asks it before. */
  unfit?: { before: 'state' | 'usage'; fault(key: KeyRecord, input: Input<N>): ServiceError | undefined }
  find(input: Input<N>, lookup: Lookup, services: Services): Promise<Found>
  /** Where something else than the key's policies and grants decides; {@link Authorizer.key} unless given. */
  authorize?(question: KeyQuestion, input: Input<N>, authorizer: Authorizer, services: Services): Promise<Decided>
  /** What policies and grants take for the encryption context; the member EncryptionContext unless given. */
  context?(input: Input<N>): Record<string, string> | undefined
  /** Condition keys of this operation alone. A parameter that the request leaves to its default has that value. */
  conditions?(
    input: Input<N>,
    found: Readonly<Record<string, Found>>,
    services: Services,
  ): OwnConditions | Promise<OwnConditions>
}

/** All that `run` may touch. */
interface OperationCall<S extends ServiceName, N extends OperationOf<S>, K extends string> {
  input: InputOf<S, N>
  caller: Caller
  nowMs: number
  keys: Record<K, KeyEntry>
  lookup: Lookup
  services: Services
  /** For what can be decided only on the way, such as whether a new policy still lets the caller in. */
  authorizer: Authorizer
  /** What to change. It commits together with the audit record once `run` has returned. */
  changes: Changeset
  /**
   * The result of slow work that rests on nothing that others can change: it is done once, however often the request starts
   * over. A secret is wiped when the request ends, and not before.
   */
  once<T>(work: () => Promise<T>): Promise<T>
  /** Whether the client has gone, so that long work may end. */
  isGone(): boolean
  /** Adds to the audit record's additionalEventData. */
  note(name: string, value: string): void
  /** Adds a resource that did not exist when the request came. */
  concerns(resource: AuditResource): void
  /** Adds a record of what the change does elsewhere, such as in another Region; it commits with the change. */
  alongside(record: AuditRecord): void
}

export type Call<N extends OperationName, K extends string> = OperationCall<'kms', N, K>
export type QueryCall<S extends QueryService, N extends OperationOf<S>> = OperationCall<S, N, never>

interface NeedsContext {
  caller: Caller
  lookup: Lookup
  services: Services
}

/** All that the service knows about one operation. Everything else is derived from this. */
interface ServiceOperation<S extends ServiceName, N extends OperationOf<S>> {
  name: N
  summary: string
  /** As CloudTrail reports it: cryptographic operations count as reading. */
  readOnly: boolean
  audit: {
    request: readonly Public<InputOf<S, N>>[]
    response: readonly Public<OutputOf<S, N>>[]
    /** What the service takes where the request says nothing, and the record names all the same. */
    defaults?: Pick<Partial<InputOf<S, N>>, Public<InputOf<S, N>> & keyof InputOf<S, N>>
  }
  /** The members that are policy documents. The caller is charged for their length. */
  documents?: readonly (keyof InputOf<S, N> & string)[]
  /** A rule the wire schema cannot say. Returns what is wrong, or nothing. */
  check?(input: InputOf<S, N>): ServiceError | undefined
}

/**
 * Whether other accounts than the one that owns the resource can call an operation: what AWS states as "Cross-account use"
 * on each operation's page of the AWS KMS API Reference.
 *
 * - `yes`: they can, where a key policy or a grant lets them.
 * - `no`: nothing lets them, whatever policies and grants say. They get the denial that reveals least.
 * - `own principals`: the principal that the request names must be of the caller's account; the keys may be of others.
 * - `not applicable`: the operation touches nothing that belongs to an account.
 */
export type CrossAccountUse = 'yes' | 'no' | 'own principals' | 'not applicable'

interface KmsDeclaration<N extends OperationName, K extends string> extends ServiceOperation<'kms', N> {
  keys?: Readonly<Record<K, KeyTarget<N>>>
  /** The alias that is acted on, where the operation acts on one. */
  alias?: { name(input: Input<N>): string }
  crossAccount: CrossAccountUse
  /** How grants can allow the actions on its keys; `false` if no grant can. */
  grantable: GrantRule | false
  rate: KmsRate
  /** `false` if the operation writes but changes no key. Operations that change keys are refused for AWS managed keys. */
  changesKey?: false
  /** Which condition keys of KMS its actions have; by default, those of requests about a key. */
  about?: ActionRules['about']
  /** Returns the grant tokens of a request; by default, the member GrantTokens. */
  grantTokens?(input: Input<N>): readonly string[]
  /** What the caller must be allowed beside its keys. An operation without keys needs its own action on `*` unless given. */
  needs?(input: Input<N>, context: NeedsContext): readonly Needed[] | Promise<readonly Needed[]>
  run(call: Call<N, K>): Promise<Output<N>>
}

/** Whether GetKeyLastUsage reports the operation. The compiler requires it for exactly the operations that the model lists. */
type Tracking<N extends OperationName> = N extends KeyLastUsageTrackingOperation
  ? { tracksUse: true }
  : { tracksUse?: false }

interface QueryDeclaration<S extends QueryService, N extends OperationOf<S>> extends ServiceOperation<S, N> {
  rate?: QueryRate<S>
  /** Which temporary credentials can call it; by default, those that can call its service. */
  sessions?: readonly SessionKind[]
  /** What the caller must be allowed; nothing, for what anybody with credentials may ask. */
  needs(input: InputOf<S, N>, context: NeedsContext): readonly Needed[] | Promise<readonly Needed[]>
  run(call: QueryCall<S, N>): Promise<OutputOf<S, N>>
}

/** An operation whose own types are checked where it is declared and forgotten here, as the registry holds them all. */
export interface AnyOperation {
  /** The signing name of its service, which is also the prefix of its actions. */
  service: ServiceName
  name: string
  summary: string
  readOnly: boolean
  keys: Readonly<Record<string, KeyTarget<OperationName>>>
  alias?: { name(input: object): string }
  crossAccount: CrossAccountUse
  grantable: GrantRule | false
  rate: Rate
  sessions: readonly SessionKind[]
  tracksUse: boolean
  /** Whether it changes a key or what is said of it, other than grants: what nobody does to an AWS managed key. */
  changesKey: boolean
  about: ActionRules['about']
  documents: readonly string[]
  grantTokens(input: object): readonly string[]
  needs(input: object, context: NeedsContext): readonly Needed[] | Promise<readonly Needed[]>
  audit: { request: readonly string[]; response: readonly string[]; defaults?: object }
  check?(input: object): ServiceError | undefined
  run(call: OperationCall<ServiceName, never, string>): Promise<object | undefined>
}

/** Declares one operation of KMS. The name decides which input, output and loggable members the rest may speak of. */
export function operation<N extends OperationName, K extends string = never>(
  declaration: KmsDeclaration<N, K> & Tracking<N>,
): AnyOperation {
  const { name, keys = {}, alias, readOnly } = declaration
  const needs = (input: Input<N>, { caller }: NeedsContext): Needed[] => {
    if (alias) return [{ action: `kms:${name}`, resource: aliasArn(placeOf(caller), alias.name(input)) }]
    return Object.keys(keys).length > 0 ? [] : [{ action: `kms:${name}`, resource: '*' }]
  }
  const unlessGiven = {
    ...NO_KEYS,
    service: 'kms',
    keys,
    needs,
    grantTokens: ({ GrantTokens = [] }: { GrantTokens?: readonly string[] }) => GrantTokens,
    sessions: EVERY_SESSION,
    changesKey: !readOnly,
    about: 'keys',
  } as const
  return { ...unlessGiven, ...declaration }
}

/** The declaration of an operation that uses no keys. */
const NO_KEYS = {
  keys: {},
  grantable: false,
  grantTokens: () => [],
  tracksUse: false,
  changesKey: false,
  about: 'no key',
  documents: [],
} as const

type QueryService = 'iam' | 'sts' | 'keyhold'

interface UsualOfService {
  crossAccount: CrossAccountUse
  sessions: readonly SessionKind[]
  rate(operation: { readOnly: boolean }): Rate
}

/**
 * The defaults of a service. Only STS works across accounts: a role's trust policy can name principals of other accounts.
 * Source for sessions: IAM User Guide, "Compare AWS STS credentials". This server has no second factor, so sessions of users
 * cannot call IAM: stolen temporary credentials cannot create permanent ones.
 */
const USUAL: Readonly<Record<QueryService, UsualOfService>> = {
  iam: {
    crossAccount: 'no',
    sessions: ['of a role', 'of a service'],
    rate: ({ readOnly }) => (readOnly ? 'iam-read' : 'iam-change'),
  },
  sts: { crossAccount: 'yes', sessions: ['of a role', 'of a service'], rate: () => 'sts' },
  keyhold: {
    crossAccount: 'no',
    sessions: EVERY_SESSION.filter((kind) => kind !== 'forwarded'),
    rate: () => 'uncounted',
  },
}

/** Declares an operation of a service without keys. No grant allows its actions. */
export function queryOperation<S extends QueryService, N extends OperationOf<S>>(
  service: S,
  declaration: QueryDeclaration<S, N>,
): AnyOperation {
  const { crossAccount, sessions, rate } = USUAL[service]
  const usual = { ...NO_KEYS, service, crossAccount, sessions, rate: rate(declaration) }
  return { ...usual, ...declaration } as unknown as AnyOperation
}

/** Returns the rules for decisions about the actions of an operation. */
export function rulesOf({ crossAccount, grantable, about }: AnyOperation): ActionRules {
  return { acrossAccounts: crossAccount === 'yes', grantable, about }
}

/** What policies and grants must allow on one of an operation's keys: `kms:Decrypt`. */
export function actionOn(
  { service, name }: Pick<AnyOperation, 'service' | 'name'>,
  { action = name }: { action?: string },
): string {
  return `${service}:${action}`
}
