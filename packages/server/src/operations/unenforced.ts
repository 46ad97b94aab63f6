import type { AccessRequest, Decision } from '../authorization/access.ts'

/** The one rule of a development server that enforces nothing: everything in one's own account, nothing in another's. */
export function unenforced({ principal, action, resource }: Pick<AccessRequest, 'principal' | 'action' | 'resource'>): Decision {
  if (resource.accountId === principal.accountId) return { allowed: true, reason: 'not-enforced', basis: [] }
  const sentence =
    `User: ${principal.arn} is not authorized to perform: ${action} on ${resource.hiddenAs} because the resource does not ` +
    'exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access'
  return { allowed: false, reason: 'not-the-owner', basis: [], sentence }
}
