import { queryError, type ServiceError, serviceError } from '@keyhold/protocol'
import type { Caller } from '../identity/accounts/caller.ts'
import type { AnyOperation } from './define.ts'

/** Temporary credentials by what may be called with them, beside KMS. */
export type SessionKind = 'of a user' | 'of a federated user' | 'of a role' | 'of a service' | 'forwarded'

interface Limits {
  /** Whether they may call IAM. */
  iam: boolean
  /** The operations of STS that they may call; all but those that no session may call, unless given. */
  sts?: readonly string[]
}

/**
 * What temporary credentials are for. Sources: IAM User Guide, "Compare AWS STS credentials", "Restrictions on resulting
 * temporary credentials"; of forwarded sessions, docs/decisions/0019. There is no second factor here, so that no session of a
 * user may call IAM: who gets hold of temporary credentials cannot make lasting ones with them.
 */
const LIMITS: Readonly<Record<SessionKind, Limits>> = Object.freeze({
  'of a user': { iam: false, sts: ['AssumeRole', 'GetCallerIdentity'] },
  'of a federated user': { iam: false, sts: ['GetCallerIdentity'] },
  'of a role': { iam: true },
  'of a service': { iam: true },
  // To make keys work is all that a service needs the user for: no credentials that do not carry the service.
  forwarded: { iam: false, sts: ['GetCallerIdentity'] },
})

/** The same source, on the credentials of each operation: "Cannot call GetFederationToken or GetSessionToken". */
const WITH_LONG_TERM_CREDENTIALS: readonly string[] = ['GetFederationToken', 'GetSessionToken']

/** Why an operation cannot be called with the caller's temporary credentials, or nothing. */
export function sessionFault(
  { service, name }: Pick<AnyOperation, 'service' | 'name'>,
  caller: Pick<Caller, 'principal' | 'session'>,
): ServiceError | undefined {
  const kind = service === 'kms' ? undefined : sessionKind(caller)
  if (kind === undefined) return undefined
  if (kind === 'forwarded') return isForwardable(service, name) ? undefined : forwardedFault(service, name, caller)
  if (service === 'iam') return LIMITS[kind].iam ? undefined : unknownToIam()
  if (service === 'sts' && !isCallable(name, LIMITS[kind])) return notWithSession(name)
  return undefined
}

function sessionKind({ principal, session }: Pick<Caller, 'principal' | 'session'>): SessionKind | undefined {
  if (session === undefined) return undefined
  if (session.via?.forwarded) return 'forwarded'
  if (principal.type === 'AssumedRole') return 'of a role'
  if (principal.type === 'FederatedUser') return 'of a federated user'
  return principal.type === 'Service' ? 'of a service' : 'of a user'
}

function isCallable(name: string, { sts }: Limits): boolean {
  return sts ? sts.includes(name) : !WITH_LONG_TERM_CREDENTIALS.includes(name)
}

function isForwardable(service: string, name: string): boolean {
  return service === 'sts' && isCallable(name, LIMITS.forwarded)
}

/** IAM does not know such credentials, and says so in the words for credentials that are nobody's. */
function unknownToIam(): ServiceError {
  return queryError('InvalidClientTokenId', 'The security token included in the request is invalid')
}

function notWithSession(name: string): ServiceError {
  return queryError('AccessDenied', `Cannot call ${name} with session credentials`)
}

function forwardedFault(service: string, name: string, { principal }: Pick<Caller, 'principal'>): ServiceError {
  const message = `User: ${principal.arn} cannot perform ${service}:${name} with the credentials that a service has for them`
  return serviceError('AccessDeniedException', message)
}
