import { serviceError } from '@keyhold/protocol'
import type { Caller } from '../../identity/accounts/caller.ts'

/**
 * The name of the registered service that calls with its own long-term credentials. What it asks for here is no
 * matter of policies: that the operator registered it is the permission. Throws AccessDeniedException for anybody else.
 */
export function requireService({ principal, session }: Caller, action: string): string {
  if (principal.type === 'Service' && session === undefined) return principal.arn
  throw serviceError(
    'AccessDeniedException',
    `User: ${principal.arn} is not authorized to perform: ${action} because only registered services may`,
  )
}
