import type { GrantParty } from './access.ts'
import type { PolicyPrincipal } from './language/contract.ts'

/** Every id, ARN or service name under which a grant may list the principal, the most particular first. */
export function grantPartiesOf({ type, arn, principalId, accountId, role }: PolicyPrincipal): string[] {
  if (type === 'Service') return [arn]
  const root = accountRoot(accountId)
  if (type === 'Root') return [root]
  // The ARNs are what grants of earlier builds are listed under.
  return role ? [principalId, arn, role.principalId, role.arn, root] : [principalId, arn, root]
}

/** How grants name an account. */
export function accountRoot(accountId: string): string {
  return `arn:aws:iam::${accountId}:root`
}

/** What a new grant is listed under for this party: its immutable id, which outlasts its name, where it has one. */
export function listedUnder({ arn, principalId }: GrantParty): string {
  return principalId ?? arn
}
