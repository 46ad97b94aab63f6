import type { AccessRequest } from './access.ts'
import { isMemberOfAccount, ownsResource } from './ownership.ts'
import type { DenyReason } from './reasons.ts'

/**
 * The end of a denial within the caller's own account. If it is absent, the denial says nothing about the resource.
 * Source: IAM User Guide, "Troubleshoot access denied error messages"; the wording as AWS KMS sends it.
 */
const CLAUSES: Readonly<Record<DenyReason, ((action: string) => string) | undefined>> = Object.freeze({
  'denied-by-resource-policy': () => 'with an explicit deny in a resource-based policy',
  'denied-by-identity-policy': () => 'with an explicit deny in an identity-based policy',
  'denied-by-permissions-boundary': () => 'with an explicit deny in a permissions boundary',
  'denied-by-session-policy': () => 'with an explicit deny in a session policy',
  'no-resource-allow': (action) => `because no resource-based policy allows the ${action} action`,
  'no-identity-allow': (action) => `because no identity-based policy allows the ${action} action`,
  'no-boundary-allow': (action) => `because no permissions boundary allows the ${action} action`,
  'no-session-allow': (action) => `because no session policy allows the ${action} action`,
  'confined-to-account': undefined,
  'too-much-work': () => 'because the policies that apply are too complex to be evaluated',
  'not-the-owner': undefined,
})

const HIDDEN =
  'because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based ' +
  'policy explicitly denies access'

/**
 * Returns AWS's error message for a denied caller. A principal of the resource's own account learns which type of
 * policy denied the request. All others, services included, always get the same sentence: it reveals neither what
 * exists nor which side denied.
 */
export function denialSentence(request: AccessRequest, reason: DenyReason): string {
  const { principal, action, resource } = request
  const clause = isInsider(request) ? CLAUSES[reason]?.(action) : outsidersClause(action)
  if (clause === undefined) return hiddenDenial(request)
  const denied = `User: ${principal.arn} is not authorized to perform: ${action}`
  return resource.isNew ? `${denied} ${clause}` : `${denied} on resource: ${resource.named ?? resource.arn} ${clause}`
}

/** The message that reveals only that the request was denied. */
export function hiddenDenial({
  principal,
  action,
  resource,
}: Pick<AccessRequest, 'principal' | 'action'> & { resource: Pick<AccessRequest['resource'], 'hiddenAs'> }): string {
  return `User: ${principal.arn} is not authorized to perform: ${action} on ${resource.hiddenAs} ${HIDDEN}`
}

/**
 * IAM resources belong to one account, and have no resource policies and no Regions. The message says so to services
 * too.
 */
function outsidersClause(action: string): string | undefined {
  return action.startsWith('iam:') ? CLAUSES['no-identity-allow']?.(action) : undefined
}

function isInsider(request: AccessRequest): boolean {
  return isMemberOfAccount(request.principal) && ownsResource(request)
}
