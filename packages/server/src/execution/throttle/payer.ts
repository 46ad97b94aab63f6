import type { PolicyPrincipal } from '../../domain/policy/language/contract.ts'

/**
 * Returns what a caller's computation is charged to: their account. A web identity only names the account of the role
 * that it asks for: with a token of a public issuer, anyone could use up that account's share. Web identities of an
 * account therefore have a separate share.
 */
export function payerOf({ type, accountId }: PolicyPrincipal): string {
  return type === 'WebIdentity' ? `${accountId}/web-identities` : accountId
}
