/** Every way in which a request can fail on its way through `execute`, in the order of its steps. */
import { type OperationName, type ServiceName, serviceError, SERVICES } from '@keyhold/protocol'
import type { Caller } from '../../../src/identity/accounts/caller.ts'
import { KEY_STATES, type KeyRecord, type KeyState } from '../../../src/domain/keys/record.ts'
import type { AnyOperation, KeyTarget } from '../../../src/execution/define.ts'
import { sessionFault } from '../../../src/execution/session-fault.ts'
import { groupOfRate, isCryptographic } from '../../../src/execution/throttle/rates.ts'
import { base64, type ForcedChange } from '../../support/service.ts'
import { ALWAYS_REFUSED } from '../substitution/query-inputs.ts'
import { ABSENT_ARN } from './error-row.ts'

/** One request that would succeed, and what it takes to have it fail. */
export interface Sound {
  service: ServiceName
  operation: AnyOperation
  input: Record<string, unknown>
  caller: Caller
  /** A caller who may do nothing. */
  stranger: Caller
  /** The key that the request is about, if it is about one. */
  key?: { arn: string; record: KeyRecord; foreignCiphertext: string }
  /** Removes what would be in the way of others. */
  end?(): Promise<unknown>
}

/** The request as it is sent, and what the server is like when it comes. */
export interface Spoilt {
  input: Record<string, unknown>
  caller: Caller
  /** Makes something else of the body's text. */
  body: (text: string) => string
  /** What job or earlier request made of the key. */
  key: ForcedChange
  /** What of the server fails. */
  failing: Set<Failing>
}

/** What a test makes fail on the server's side. */
export type Failing = 'space' | 'rate' | 'size of the body' | 'documents' | 'decisions' | 'run' | 'record'

/** One way to fail. */
export interface FailingStep {
  name: string
  /** Whether requests of this kind can fail so. */
  applies(sound: Sound): boolean
  spoil(spoilt: Spoilt, sound: Sound): void
  /** `Code: message`, as far as it tells this failure from all others. */
  fault: RegExp
  /** A key that is not there has no state: of these two kinds a request has one. */
  about?: 'absent key' | 'present key'
}

export const FAILING_STEPS: readonly FailingStep[] = [
  {
    name: 'scarce space',
    applies: ({ operation: { rate, readOnly } }) => readOnly || isCryptographic(rate),
    spoil: failing('space'),
    fault: /: Disk space is scarce/,
  },
  {
    name: 'the rate of its name',
    applies: ({ operation }) => groupOfRate(operation) !== undefined,
    spoil: failing('rate'),
    fault: /: by rate$/,
  },
  {
    name: 'a large body',
    applies: () => true,
    spoil: failing('size of the body'),
    fault: /: by size of the body$/,
  },
  {
    name: 'a body that cannot be read',
    applies: () => true,
    spoil(spoilt, { service }) {
      const rest = SERVICES[service].protocol === 'query' ? '&Version=again' : '}'
      spoilt.body = (text) => text + rest
    },
    fault: /^(SerializationException|MalformedQueryString)/,
  },
  {
    name: 'an input that breaks a rule of the model',
    applies: (sound) => brokenInput(sound) !== undefined,
    spoil: (spoilt, sound) => void (spoilt.input = { ...spoilt.input, ...brokenInput(sound) }),
    fault: /^(ValidationException|ValidationError): \d validation/,
  },
  {
    name: 'a document to read',
    applies: ({ input, operation: { documents } }) => documents.some((member) => typeof input[member] === 'string'),
    spoil: failing('documents'),
    fault: /: by documents$/,
  },
  {
    name: 'a grant token that is none',
    applies: (sound) => membersOf(sound).some(({ name }) => name === 'GrantTokens'),
    spoil: (spoilt) => void (spoilt.input = { ...spoilt.input, GrantTokens: [base64(Buffer.alloc(90, 1))] }),
    fault: /^InvalidGrantTokenException/,
  },
  {
    name: 'credentials that may not call it',
    applies: ({ operation, caller }) => sessionFault(operation, asSession(caller)) !== undefined,
    spoil: (spoilt) => void (spoilt.caller = asSession(spoilt.caller)),
    fault: /^(InvalidClientTokenId|AccessDenied: Cannot call|AccessDeniedException: .* with the credentials)/,
  },
  {
    name: 'too many decisions',
    applies: isDecided,
    spoil: failing('decisions'),
    fault: /: by decisions$/,
  },
  {
    name: 'the rate of its key',
    applies: ({ service, operation }) => service === 'kms' && groupOfRate(operation) === undefined,
    spoil: failing('rate'),
    fault: /: by rate$/,
  },
  {
    name: 'a denial',
    applies: isDecided,
    spoil: (spoilt, { stranger }) => void (spoilt.caller = stranger),
    fault: /^AccessDenied(Exception)?: (User: \S+ is not|Not) authorized to perform:? \S+( on resource|$)/,
  },
  {
    name: 'a key that is not there',
    about: 'absent key',
    applies: ({ operation }) =>
      targetsOf(operation).length > 0 && targetsOf(operation).every(({ authorize }) => authorize === undefined),
    spoil(spoilt, { input, operation: { name } }) {
      const members = name === 'Decrypt' ? { ...input, KeyId: '' } : input
      const named = Object.entries(ABSENT).filter(([member]) => member in members)
      spoilt.input = { ...spoilt.input, ...Object.fromEntries(named) }
    },
    fault: /^NotFoundException/,
  },
  {
    name: 'a change of an AWS managed key',
    about: 'present key',
    applies: ({ operation, key }) => key !== undefined && operation.changesKey,
    spoil: (spoilt) => void (spoilt.key = { ...spoilt.key, manager: 'AWS' }),
    fault: /^AccessDeniedException: Not authorized to perform: kms:\w+ on resource: \S+ because no resource-based/,
  },
  {
    name: 'another origin',
    about: 'present key',
    applies: ({ operation, key }) => key !== undefined && targetsOf(operation).some(({ origin }) => origin),
    spoil: (spoilt) => void (spoilt.key = { ...spoilt.key, origin: 'AWS_KMS' }),
    fault: /^UnsupportedOperationException: \S+ origin is AWS_KMS/,
  },
  {
    name: 'what its state does not excuse',
    about: 'present key',
    applies: ({ operation, key }) => key !== undefined && targetsOf(operation).some(isUnfitBefore('state')),
    spoil: (spoilt) => void (spoilt.key = { ...spoilt.key, multiRegion: undefined }),
    fault: /^UnsupportedOperationException: \S+ is not a multi-region primary key/,
  },
  {
    name: 'the state of its key',
    about: 'present key',
    applies: ({ operation, key }) => key !== undefined && refusedState(operation) !== undefined,
    spoil(spoilt, { operation }) {
      spoilt.key = { ...spoilt.key, state: refusedState(operation)! }
    },
    fault: /^(DisabledException|KMSInvalidStateException)/,
  },
  {
    name: 'a ciphertext of another key',
    about: 'present key',
    applies: ({ operation, key }) => key !== undefined && targetsOf(operation).some(isUnfitBefore('usage')),
    spoil(spoilt, { key, operation: { name } }) {
      const named = name === 'Decrypt' ? { KeyId: key?.arn } : {}
      spoilt.input = { ...spoilt.input, ...named, CiphertextBlob: key?.foreignCiphertext }
    },
    fault: /^IncorrectKeyException/,
  },
  {
    name: 'the usage of its key',
    about: 'present key',
    applies: ({ operation, key }) => key !== undefined && targetsOf(operation).some(({ usage }) => usage),
    spoil(spoilt, { operation }) {
      const isSigning = targetsOf(operation).some(({ usage }) => usage === 'SIGN_VERIFY')
      spoilt.key = { ...spoilt.key, usage: isSigning ? 'GENERATE_VERIFY_MAC' : 'SIGN_VERIFY' }
    },
    fault: /^InvalidKeyUsageException/,
  },
  { name: 'its own work', applies: () => true, spoil: failing('run'), fault: /: by run$/ },
  {
    name: 'a dry run',
    applies: (sound) => membersOf(sound).some(({ name }) => name === 'DryRun'),
    spoil: (spoilt) => void (spoilt.input = { ...spoilt.input, DryRun: true }),
    fault: /^DryRunOperationException/,
  },
  {
    name: 'a record that cannot be written',
    applies: ({ operation: { name } }) => !(name in ALWAYS_REFUSED),
    spoil: failing('record'),
    fault: /^(KMSInternalException|ServiceFailure|InternalFailure)/,
  },
]

function failing(what: Failing): FailingStep['spoil'] {
  return ({ failing }) => void failing.add(what)
}

const ABSENT = {
  KeyId: ABSENT_ARN,
  TargetKeyId: ABSENT_ARN,
  SourceKeyId: ABSENT_ARN,
  DestinationKeyId: ABSENT_ARN,
  AliasName: 'alias/none',
}

function targetsOf({ keys }: AnyOperation): KeyTarget<OperationName>[] {
  return Object.values(keys)
}

/** Operations of STS that need no permission. Source: STS API Reference, on each of them. */
const UNDECIDED = ['GetCallerIdentity', 'GetSessionToken']

function isDecided({ operation: { name } }: Sound): boolean {
  return !UNDECIDED.includes(name)
}

function isUnfitBefore(question: 'state' | 'usage'): (target: KeyTarget<OperationName>) => boolean {
  return ({ unfit }) => unfit?.before === question
}

/** A state that the first key which states can refuse is refused in. */
function refusedState(operation: AnyOperation): KeyState | undefined {
  const rule = targetsOf(operation).find(({ states }) => Object.keys(states).length > 0)?.states
  return rule && KEY_STATES.find((state) => rule[state] !== undefined)
}

function asSession(caller: Caller): Caller {
  return { ...caller, session: { issuedMs: 0, expiresMs: Infinity, tags: [], transitiveTagKeys: [] } }
}

function membersOf({
  service,
  operation: { name },
}: Sound): readonly { name: string; type: string; isList: boolean }[] {
  const { operations, structures } = SERVICES[service].model
  const input = operations[name]?.input
  return input === undefined ? [] : (structures[input] ?? [])
}

/** The first text or number of the input that can break a rule, as it does. */
function brokenInput(sound: Sound): Record<string, unknown> | undefined {
  const { service, operation } = sound
  const values: Readonly<Record<string, unknown>> = { string: 'x'.repeat(12_000), integer: 1e9 }
  const candidates = membersOf(sound).flatMap(({ name, type, isList }) =>
    isList || values[type] === undefined ? [] : [{ [name]: values[type] }],
  )
  const codes = ['ValidationException', 'ValidationError']
  return candidates.find((broken) =>
    codes.includes(SERVICES[service].validate(operation.name, { ...sound.input, ...broken })?.code ?? ''),
  )
}

/** Fails as one of {@link Failing}. */
export function by(what: Failing): never {
  const code = what === 'run' ? 'LimitExceededException' : 'ThrottlingException'
  throw serviceError(code, `by ${what}`)
}
