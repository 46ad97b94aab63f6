import type { GrantParty } from './access.ts'
import type { PolicyPrincipal } from './language/contract.ts'

/** Every id, ARN or service name under which a grant can be listed for the principal, the most specific first. */
export function grantPartiesOf({ type, arn, principalId, accountId, role }: PolicyPrincipal): string[] {
  if (type === 'Service') return [arn]
  const root = accountRoot(accountId)
  if (type === 'Root') return [root]
  // Grants of earlier builds are listed under ARNs.
  return role ? [principalId, arn, role.principalId, role.arn, root] : [principalId, arn, root]
}

/** The ARN by which grants name an account. */
export function accountRoot(accountId: string): string {
  return `arn:aws:iam::${accountId}:root`
}

/** What a new grant is listed under for this party: its immutable id if it has one, because names can be reused. */
export function listedUnder({ arn, principalId }: GrantParty): string {
  return principalId ?? arn
}
