import { queryError, type ServiceError, type ServiceName, serviceError } from '@keyhold/protocol'
import type { Caller } from '../identity/accounts/caller.ts'

/**
 * The kinds of temporary credentials. Operations declare which kinds can call them. Sources: IAM User Guide, "Compare AWS STS
 * credentials", "Restrictions on resulting temporary credentials"; of forwarded sessions, docs/decisions/0019.
 */
export type SessionKind = 'of a user' | 'of a federated user' | 'of a role' | 'of a service' | 'forwarded'

/** For operations that all temporary credentials can call. */
export const EVERY_SESSION: readonly SessionKind[] = [
  'of a user',
  'of a federated user',
  'of a role',
  'of a service',
  'forwarded',
]

interface Callable {
  service: ServiceName
  name: string
  sessions: readonly SessionKind[]
}

/** Returns why an operation cannot be called with the caller's temporary credentials, or `undefined`. */
export function sessionFault(
  { service, name, sessions }: Callable,
  caller: Pick<Caller, 'principal' | 'session'>,
): ServiceError | undefined {
  const kind = sessionKind(caller)
  if (kind === undefined || sessions.includes(kind)) return undefined
  if (kind === 'forwarded') return forwardedFault(service, name, caller)
  return service === 'iam' ? unknownToIam() : notWithSession(name)
}

function sessionKind({ principal, session }: Pick<Caller, 'principal' | 'session'>): SessionKind | undefined {
  if (session === undefined) return undefined
  if (session.via?.forwarded) return 'forwarded'
  if (principal.type === 'AssumedRole') return 'of a role'
  if (principal.type === 'FederatedUser') return 'of a federated user'
  return principal.type === 'Service' ? 'of a service' : 'of a user'
}

/** IAM treats such credentials like unknown ones, with the same message. */
function unknownToIam(): ServiceError {
  return queryError('InvalidClientTokenId', 'The security token included in the request is invalid')
}

function notWithSession(name: string): ServiceError {
  return queryError('AccessDenied', `Cannot call ${name} with session credentials`)
}

function forwardedFault(service: string, name: string, { principal }: Pick<Caller, 'principal'>): ServiceError {
  const message = `User: ${principal.arn} cannot perform ${service}:${name} with credentials that a service obtained for them`
  return serviceError('AccessDeniedException', message)
}
