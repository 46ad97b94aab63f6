import { type ServiceError, serviceError } from '@keyhold/protocol'
import type { KeyEntry } from '../identity/directory/directory.ts'
import { keyArn } from '../domain/keys/arns.ts'
import { keyAsOf } from '../vault/records/key.ts'
import type { KeyRecord } from '../domain/keys/record.ts'
import { stateRefusal } from '../domain/keys/states.ts'
import type { Authorized } from './authorize.ts'
import { type AnyOperation, rulesOf } from './define.ts'
import type { Candidate, FoundKeys } from './find.ts'
import type { Serving } from './operations.ts'

const USABLE = Symbol('usable')

/** A request whose keys are there and fit for it: it may run. Made by {@link requireUsable} alone. */
export interface UsableKeys extends Pick<Authorized, 'found' | 'authorizer'> {
  readonly [USABLE]: true
  /** By the names that the operation has for them. */
  readonly keys: Readonly<Record<string, KeyEntry>>
}

/**
 * Requires that every key of an authorised request exists, and that its origin, state and usage allow the operation. Makes
 * AWS managed keys that are used for the first time: only their service's callers, who are authorised by now, get here.
 *
 * @throws ServiceError for the first key that is missing or unfit.
 */
export async function requireUsable({ found, authorizer }: Authorized, services: Serving): Promise<UsableKeys> {
  const candidates = await Promise.all(found.keys.map((candidate) => madeOnFirstUse(candidate, found, services)))
  const nowMs = services.clock.now()
  const keys = Object.fromEntries(candidates.map((candidate) => [candidate.name, usable(candidate, found, nowMs)]))
  return { [USABLE]: true, found, authorizer, keys }
}

/** The candidate, with an AWS managed key that did not exist before. */
async function madeOnFirstUse(
  candidate: Candidate,
  { asked, lookup }: FoundKeys,
  services: Serving,
): Promise<Candidate> {
  const { found, target } = candidate
  if (found.firstUse === undefined) return candidate
  await services.makeAwsManagedKey(found.firstUse)
  return { ...candidate, found: await target.find(asked.input, lookup, services) }
}

function usable({ found, target }: Candidate, { asked }: FoundKeys, nowMs: number): KeyEntry {
  const { operation, input, request } = asked
  if (found.missing) throw found.missing
  const key = keyAsOf(found.key, nowMs)
  const { value } = key
  const arn = keyArn(value)
  // Already decided. Checked again on the key itself, so that no target's own decision can admit another account.
  if (!rulesOf(operation).acrossAccounts && value.accountId !== request.caller.principal.accountId) {
    throw new Error(`${operation.name} was allowed on ${arn}, which is of another account than its caller`)
  }
  if (value.manager === 'AWS' && operation.changesKey) throw awsManaged(arn, operation)
  const fault = keyFault(value, target, input, operation)
  if (fault) throw fault
  return key
}

/** Returns why the key is not suitable for this request. Checks the state before the usage, as AWS does. */
function keyFault(
  key: KeyRecord,
  { states, origin, usage, unfit }: Candidate['target'],
  input: object,
  { name }: AnyOperation,
): ServiceError | undefined {
  if (origin !== undefined && origin !== key.origin) return wrongOrigin(key)
  const arn = keyArn(key)
  const other = unfit?.fault(key, input)
  if (unfit?.before === 'state' && other) return other
  const fault = stateRefusal(states, key.state, arn) ?? other
  if (fault || usage === undefined || usage === key.usage) return fault
  const message = `${arn} key usage is ${key.usage} which is not valid for ${name}.`
  return serviceError('InvalidKeyUsageException', message)
}

/** The policies of AWS managed keys allow no changes, and without enforcement none are made either. */
function awsManaged(arn: string, { name }: AnyOperation): ServiceError {
  const message = `kms:${name} on resource: ${arn} because no resource-based policy allows the kms:${name} action`
  return serviceError('AccessDeniedException', `Not authorized to perform: ${message}`)
}

/** The error for an operation that does not support keys of this origin. */
export function wrongOrigin(key: KeyRecord): ServiceError {
  const message = `${keyArn(key)} origin is ${key.origin} which is not valid for this operation.`
  return serviceError('UnsupportedOperationException', message)
}
