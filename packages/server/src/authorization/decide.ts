import type { AccessRequest, Decision } from './decision.ts'

/**
 * Decides under the default key policy, which delegates to the key's account, whose one principal is its
 * administrator: everything in his own account, nothing in another. Any other key policy is refused where it would
 * have to be enforced (operations/kms/policy-rules.ts), so this is the whole truth.
 */
export function decide(request: AccessRequest): Decision {
  return request.ownerAccountId === request.principal.accountId
    ? { allowed: true, reason: 'account-administrator' }
    : { allowed: false, reason: 'other-account', sentence: denialSentence(request) }
}

/** AWS's words to a caller who may not even learn whether the resource exists. */
function denialSentence({ principal, action, hiddenAs }: AccessRequest): string {
  return (
    `User: ${principal.arn} is not authorized to perform: ${action} on ${hiddenAs} because the resource does not ` +
    'exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access'
  )
}
