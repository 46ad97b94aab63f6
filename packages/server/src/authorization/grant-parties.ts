import type { PolicyPrincipal } from './policy/contract.ts'

/** Every ARN (or service name) under which a grant may name the principal, the most particular first. */
export function grantPartiesOf({ type, arn, accountId, role }: PolicyPrincipal): string[] {
  if (type === 'Service') return [arn]
  const root = `arn:aws:iam::${accountId}:root`
  if (type === 'Root') return [root]
  return role ? [arn, role.arn, root] : [arn, root]
}
