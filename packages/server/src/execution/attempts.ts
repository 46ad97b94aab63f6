import { queryError, type ServiceError, serviceError, SERVICES } from '@keyhold/protocol'
import { payerOf } from './throttle/lines.ts'
import type { AnyOperation } from './define.ts'
import { reopenDraft } from './draft.ts'
import { underPresentName } from './present-caller.ts'
import type { Serving } from './operations.ts'
import type { ReadRequest } from './read.ts'
import type { Services } from './services.ts'

/** Attempts in parallel with other requests. Without contention, the second one succeeds. */
const TOGETHER = 4
/**
 * Attempts with exclusive access. Within a process they succeed at once; each except the last can fail only because of
 * another process.
 */
const ALONE = 24

/** Makes a change durable: through {@link Serving.writers}, or as it is for one that is made alone. */
export type Committing = <T>(commit: () => Promise<T>) => Promise<T>

const BEGUN = Symbol('begun')

/** A request as one attempt sees it: by the name that its caller has now. Made by {@link beginAttempt} alone. */
export interface Attempt extends ReadRequest {
  readonly [BEGUN]: true
  /** How often identities had changed when the attempt began: it is undone if they change before it commits. */
  readonly identitiesAt: number
}

/** Begins an attempt: between two of them callers can be renamed, and another can get the name that authentication found. */
export async function beginAttempt(read: ReadRequest, services: Pick<Services, 'directory'>): Promise<Attempt> {
  const identitiesAt = services.directory.identityChanges
  const request = await underPresentName(read.request, services)
  reopenDraft(read.draft, request)
  return { ...read, [BEGUN]: true, request, identitiesAt }
}

/**
 * Calls `attempt` until it returns a value. It returns `undefined` if another writer was faster: what it read, and so
 * what it decided, is then outdated. Throws the service's error if every attempt fails.
 */
export async function untilCommitted<T>(
  { operation, request }: Pick<ReadRequest, 'operation' | 'request'>,
  { directory, writers }: Pick<Serving, 'directory' | 'writers'>,
  attempt: (committing: Committing) => Promise<T | undefined>,
): Promise<T> {
  const account = payerOf(request.caller.principal)
  for (let made = 0; made < TOGETHER; made++) {
    const result = await attempt((commit) => writers.together(commit))
    if (result !== undefined) return result
    await directory.catchUp()
  }
  const alone = async (): Promise<T | undefined> => {
    await directory.catchUp()
    return attempt((commit) => commit())
  }
  for (let made = 0; made < ALONE; made++) {
    if (made > 0) await writers.rest(made)
    const result = await writers.alone(account, alone)
    if (result !== undefined) return result
  }
  throw contended(operation)
}

/**
 * Returns the error that the operation's model declares for contention. IAM has its own, which not every operation
 * declares; other operations return an error that clients retry.
 */
export function contended({ service, name }: Pick<AnyOperation, 'service' | 'name'>): ServiceError {
  const errors: readonly string[] = SERVICES[service].model.operations[name]?.errors ?? []
  if (errors.includes('ConcurrentModification')) return queryError('ConcurrentModification', SUBMITTED_TOGETHER)
  const isTimeout = service !== 'kms' || errors.includes('DependencyTimeoutException')
  return serviceError(isTimeout ? 'DependencyTimeoutException' : 'KMSInternalException', CHANGED_AT_ONCE)
}

/** Source: IAM API Reference, ConcurrentModification. */
const SUBMITTED_TOGETHER =
  'The request was rejected because multiple requests to change this object were submitted simultaneously. ' +
  'Wait a few minutes and submit your request again.'
const CHANGED_AT_ONCE = 'Too many requests are changing the resource at once.'
