import type { PolicyPrincipal } from '../../domain/policy/language/contract.ts'

/**
 * Who pays for what a caller makes the server compute: his account. But web identities only name that of the role, of which
 * they are nobody yet: with a token of some public issuer anybody could use up what the account has. They share a part of
 * their own.
 */
export function payerOf({ type, accountId }: PolicyPrincipal): string {
  return type === 'WebIdentity' ? `${accountId}/web-identities` : accountId
}
