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
import type { AfterRollbackOf, Changing } from './changing.ts'
import type { Decided } from './authorizer/decided.ts'
import type { Found, Lookup } from './lookup.ts'
import type { Needed } from './needed.ts'
import type { QuorumUse } from './quorum/use.ts'
import type { Services } from './services.ts'
import { EVERY_SESSION, type SessionKind } from './session-fault.ts'
import type { KmsRate, QueryRate, Rate } from './throttle/rates.ts'

type InputOf<S extends ServiceName, N extends OperationOf<S>> = ServiceInputs[S][N]
type OutputOf<S extends ServiceName, N extends OperationOf<S>> = ServiceOutputs[S][N & keyof ServiceOutputs[S]]

/**
 * Members that can be logged: never one of type Secret. If a structure contains a secret, its other members are listed
 * one by one, by path: `AccessKey.UserName`.
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

/** A KMS key that an operation needs: how to find it, its action, and its requirements. */
export interface KeyTarget<N extends OperationName> {
  /** The IAM action after `kms:`; by default, the name of the operation. */
  action?: string
  states: StateRule
  /** The only origin of keys that the operation supports. Checked before the state, as on AWS. */
  origin?: KeyRecord['origin']
  usage?: KeyRecord['usage']
  /** Another requirement of this request for the key, and the check that it precedes on AWS. */
  unfit?: { before: 'state' | 'usage'; fault(key: KeyRecord, input: Input<N>): ServiceError | undefined }
  find(input: Input<N>, lookup: Lookup, services: Services): Promise<Found>
  /**
   * For operations that something other than the key's policies and grants decides; {@link Authorizer.key} by default.
   */
  authorize?(question: KeyQuestion, input: Input<N>, authorizer: Authorizer, services: Services): Promise<Decided>
  /** The encryption context for policies and grants; the parameter EncryptionContext by default. */
  context?(input: Input<N>): Record<string, string> | undefined
  /** Condition keys of this operation alone. Omitted parameters have their default values. */
  conditions?(
    input: Input<N>,
    found: Readonly<Record<string, Found>>,
    services: Services,
  ): OwnConditions | Promise<OwnConditions>
}

/** Everything that `run` can use. */
interface OperationCall<S extends ServiceName, N extends OperationOf<S>, K extends string> {
  input: InputOf<S, N>
  caller: Caller
  nowMs: number
  keys: Record<K, KeyEntry>
  lookup: Lookup
  services: Services
  /**
   * For decisions that need intermediate results, such as whether a new policy still allows the caller to change it.
   */
  authorizer: Authorizer
  /** The changes to make. They are committed together with the audit record after `run` has returned. */
  changes: Changeset
  /**
   * Runs slow work that depends on nothing that others can change. It runs once, even if the request is retried. A
   * secret in the result is wiped when the request ends, and not before.
   */
  once<T>(work: () => Promise<T>): Promise<T>
  /** Whether the client has disconnected. */
  isGone(): boolean
  /** The id of the request's audit record, and where the request came from. */
  origin: { eventId: string; sourceIp: string; secure: boolean }
  /** Adds to the audit record's additionalEventData. */
  note(name: string, value: string): void
  /** Adds a resource that did not exist when the request arrived. */
  concerns(resource: AuditResource): void
  /** Adds a record of an effect elsewhere, for example in another Region. It is committed with the change. */
  alongside(record: AuditRecord): void
}

/** What `run` of a KMS operation receives. */
export type Call<N extends OperationName, K extends string> = OperationCall<'kms', N, K>
/** What `run` of an operation of another service receives. */
export type QueryCall<S extends QueryService, N extends OperationOf<S>> = OperationCall<S, N, never>

type NeedsContext = Pick<OperationCall<ServiceName, never, never>, 'caller' | 'lookup' | 'services'>

/** Everything that the service knows about one operation. The rest is derived from it. */
interface ServiceOperation<S extends ServiceName, N extends OperationOf<S>> {
  name: N
  summary: string
  /** As CloudTrail reports it: cryptographic operations count as read-only. */
  readOnly: boolean
  audit: {
    request: readonly Public<InputOf<S, N>>[]
    response: readonly Public<OutputOf<S, N>>[]
    /** Defaults that the record includes for omitted parameters. */
    defaults?: Pick<Partial<InputOf<S, N>>, Public<InputOf<S, N>> & keyof InputOf<S, N>>
  }
  /** The members that are policy documents. The caller is charged for their length. */
  documents?: readonly (keyof InputOf<S, N> & string)[]
  /** A rule that the API's schema cannot express. Returns what is wrong, or `undefined`. */
  check?(input: InputOf<S, N>): ServiceError | undefined
  /** How an account can demand that several approve it. Nothing of it may be secret. */
  quorum?: QuorumUse<InputOf<S, N>>
}

/**
 * Whether accounts other than the owner of the resource can call an operation: "Cross-account use" on each operation's
 * page of the AWS KMS API Reference.
 *
 * - `yes`: they can, if a key policy or a grant allows it.
 * - `no`: they cannot, whatever policies and grants say. They get the denial that reveals least.
 * - `own principals`: the principal in the request must belong to the caller's account; the keys can belong to others.
 * - `not applicable`: the operation uses nothing that belongs to an account.
 */
export type CrossAccountUse = 'yes' | 'no' | 'own principals' | 'not applicable'

interface KmsDeclaration<N extends OperationName, K extends string> extends ServiceOperation<'kms', N> {
  keys?: Readonly<Record<K, KeyTarget<N>>>
  /** The alias that the operation acts on, if it acts on one. */
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
  /**
   * The permissions that the caller needs in addition to those on its keys. By default, an operation without keys needs
   * its own action on `*`.
   */
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
  /** The permissions that the caller needs. None for what every authenticated caller can do. */
  needs(input: InputOf<S, N>, context: NeedsContext): readonly Needed[] | Promise<readonly Needed[]>
  run(call: QueryCall<S, N>): Promise<OutputOf<S, N>>
}

/**
 * An operation without its static types, which are checked at its declaration, because the registry holds all
 * operations.
 */
export interface AnyOperation {
  /** The signing name of its service, which is also the prefix of its actions. */
  service: ServiceName
  name: string
  summary: string
  readOnly: boolean
  /** Of operations that change something. */
  afterRollback?: AfterRollbackOf<never>
  keys: Readonly<Record<string, KeyTarget<OperationName>>>
  alias?: { name(input: object): string }
  crossAccount: CrossAccountUse
  grantable: GrantRule | false
  rate: Rate
  sessions: readonly SessionKind[]
  tracksUse: boolean
  /** Whether it changes a key or its settings, other than grants. Such operations are refused for AWS managed keys. */
  changesKey: boolean
  about: ActionRules['about']
  documents: readonly string[]
  grantTokens(input: object): readonly string[]
  needs(input: object, context: NeedsContext): readonly Needed[] | Promise<readonly Needed[]>
  audit: { request: readonly string[]; response: readonly string[]; defaults?: object }
  check?(input: object): ServiceError | undefined
  quorum?: QuorumUse<object>
  run(call: OperationCall<ServiceName, never, string>): Promise<object | undefined>
}

/** Declares a KMS operation. The name determines which input, output and loggable members the rest can use. */
export function operation<N extends OperationName, K extends string = never>(
  declaration: KmsDeclaration<N, K> & Tracking<N> & Changing<Input<N>>,
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
  declaration: QueryDeclaration<S, N> & Changing<InputOf<S, N>>,
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
