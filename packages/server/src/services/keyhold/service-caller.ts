import { serviceError } from '@keyhold/protocol'
import type { Caller } from '../../identity/accounts/caller.ts'

/**
 * Returns the name of the registered service that calls with its own long-term credentials. Policies do not apply here:
 * the registration by the operator is the permission. Throws AccessDeniedException for all other callers.
 */
export function requireService({ principal, session }: Caller, action: string): string {
  if (principal.type === 'Service' && session === undefined) return principal.arn
  throw serviceError(
    'AccessDeniedException',
    `User: ${principal.arn} is not authorized to perform: ${action} because only registered services can`,
  )
}
