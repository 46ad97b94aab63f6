import { hiddenDenial } from '../domain/policy/denial.ts'
import type { AccessRequest, Decision } from '../domain/policy/access.ts'

/** What a server that enforces nothing decides, where it allows. */
export interface Unenforced {
  allowed: true
  reason: 'not-enforced'
  basis: readonly []
}

/** The one rule of a development server that enforces nothing: everything in one's own account, nothing in another's. */
export function unenforced({
  principal,
  action,
  resource,
}: Pick<AccessRequest, 'principal' | 'action' | 'resource'>): Decision | Unenforced {
  if (resource.accountId === principal.accountId) return { allowed: true, reason: 'not-enforced', basis: [] }
  const sentence = hiddenDenial({ principal, action, resource })
  return { allowed: false, reason: 'not-the-owner', basis: [], sentence }
}
