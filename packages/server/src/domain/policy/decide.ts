import type { AccessRequest, Basis, Decision, StatementBasis } from './access.ts'
import { denialSentence } from './denial.ts'
import { type Evidence, gather } from './evidence.ts'
import { isMemberOfAccount, isOutOfReach, ownsResource } from './ownership.ts'
import type { AllowedAs } from './language/contract.ts'
import { Work } from './language/patterns/work.ts'
import type { AllowReason, DenyReason } from './reasons.ts'

/** A decision without the sentence for the caller. */
type Outcome = Extract<Decision, { allowed: true }> | Omit<Extract<Decision, { allowed: false }>, 'sentence'>

const EXPLICIT: Readonly<Record<StatementBasis['layer'], DenyReason>> = Object.freeze({
  'resource policy': 'denied-by-resource-policy',
  'identity policy': 'denied-by-identity-policy',
  'permissions boundary': 'denied-by-permissions-boundary',
  'session policy': 'denied-by-session-policy',
})

const BY_POLICY: Readonly<Record<AllowedAs, AllowReason>> = Object.freeze({
  principal: 'named-by-resource-policy',
  role: 'role-named-by-resource-policy',
  account: 'delegated-by-resource-policy',
})

const BY_GRANT: Readonly<Record<AllowedAs, AllowReason>> = Object.freeze({
  principal: 'named-by-grant',
  role: 'role-named-by-grant',
  account: 'delegated-by-grant',
})

/**
 * Decides whether a principal can perform an action on a resource, by AWS's published evaluation logic over policies
 * and grants. Sources: IAM User Guide, "Policy evaluation logic"; AWS KMS Developer Guide, "Troubleshooting AWS KMS
 * permissions".
 *
 * `work` limits the evaluation over all policies together. A request that exceeds it is denied.
 */
export function decide(request: AccessRequest, work = new Work()): Decision {
  const outcome = weigh(request, gather(request, work))
  return outcome.allowed ? outcome : { ...outcome, sentence: denialSentence(request, outcome.reason) }
}

function weigh(request: AccessRequest, evidence: Evidence): Outcome {
  if (evidence.exhausted) return refused('too-much-work')
  // "Policy evaluation logic", "Deny evaluation": one applicable deny in any policy is final, and overrides grants too.
  if (evidence.deny) return { allowed: false, reason: EXPLICIT[evidence.deny.layer], basis: [evidence.deny] }
  // Services included: a service that another account registered is not a principal of this account (AWS KMS API
  // Reference, the operations' "Cross-account use").
  if (isOutOfReach(request)) return refused('confined-to-account')
  if (!isMemberOfAccount(request.principal)) return weighOutsider(evidence)
  if (!ownsResource(request)) return weighAcrossAccounts(request, evidence)
  return typeof request.resource.policy === 'object'
    ? weighResourceSide(request, evidence)
    : weighIdentitySide(request, evidence)
}

/**
 * Services and web identities are allowed only if the resource policy names them. They have no policies that could
 * allow or limit them, and no account that a policy could name instead. Source: IAM User Guide, "AWS JSON policy
 * elements: Principal", "AWS service principals" and "Web identity session principals".
 */
function weighOutsider({ principal }: Evidence): Outcome {
  return principal ? allowedBy('principal', principal) : refused('no-resource-allow')
}

/**
 * Both sides must allow the request: the resource's side in any way, and the identity's side in all of its layers. A
 * grant to the principal or its role makes an allow in the identity policies unnecessary, but permissions boundaries
 * and session policies still apply. Sources: IAM User Guide, "Cross-account policy evaluation logic"; AWS KMS Developer
 * Guide, "Allowing users in other accounts to use a KMS key" and, for grants, "Troubleshooting key access" ("a grant or
 * IAM policy in your account").
 */
function weighAcrossAccounts(request: AccessRequest, evidence: Evidence): Outcome {
  if (typeof request.resource.policy === 'string') return refused('not-the-owner')
  if (evidence.grant) {
    const { to, basis } = evidence.grant
    return unless(limitsLack(request, evidence), BY_GRANT[to], [basis, ...limits(evidence)])
  }
  const resourceSide = evidence.principal ?? evidence.role ?? evidence.account
  if (!resourceSide) return refused('no-resource-allow')
  return unless(identityLacks(request, evidence), 'both-accounts', [resourceSide, ...identitySide(evidence)])
}

/**
 * Decides about a key, or a role with its trust policy, in the principal's own account. No principal, not even the
 * account's root, has access unless this policy or a grant gives it. Sources: AWS KMS Developer Guide, "Key policies in
 * AWS KMS"; for the effect of implicit denies, IAM User Guide, "How AWS enforcement code logic evaluates requests to
 * allow or deny access", "Resource-based policies".
 */
function weighResourceSide(request: AccessRequest, evidence: Evidence): Outcome {
  const { principal, role, account } = evidence
  // The ARN of a user or session: implicit denies of the other policies do not limit it. `*` counts the same (IAM User
  // Guide, "AWS JSON policy elements: Principal", "IAM role principals": boundary and session policies do not limit
  // it).
  if (principal) return allowedBy('principal', principal)
  // The ARN of a role: an implicit deny of the boundary or the session policy limits it, one of the identity policies
  // does not.
  if (role) return unless(limitsLack(request, evidence), reasonOf('role', role), [role, ...limits(evidence)])
  // The account: its own policies decide, as for any resource without a policy.
  if (account)
    return unless(identityLacks(request, evidence), reasonOf('account', account), [account, ...identitySide(evidence)])
  return refused('no-resource-allow')
}

/**
 * Decides about resources without a policy, and resources that do not exist, by the identity's side alone. Source:
 * "Policy evaluation logic".
 */
function weighIdentitySide(request: AccessRequest, evidence: Evidence): Outcome {
  const reason = request.principal.type === 'Root' ? 'account-root' : 'identity-policy'
  return unless(identityLacks(request, evidence), reason, identitySide(evidence))
}

/** Returns what the identity's side does not allow. A root has no identity policies and needs none. */
function identityLacks(request: AccessRequest, evidence: Evidence): DenyReason | undefined {
  if (!evidence.identity && request.principal.type !== 'Root') return 'no-identity-allow'
  return limitsLack(request, evidence)
}

/**
 * Returns which limiting layer does not allow the request. One session policy of several is enough. Source: IAM User
 * Guide, "Permissions boundaries for IAM entities" and "Session policies".
 */
function limitsLack({ identity }: AccessRequest, { boundary, session }: Evidence): DenyReason | undefined {
  if (identity.boundary && !boundary) return 'no-boundary-allow'
  return identity.session && !session ? 'no-session-allow' : undefined
}

function identitySide(evidence: Evidence): Basis[] {
  return evidence.identity ? [evidence.identity, ...limits(evidence)] : limits(evidence)
}

function limits({ boundary, session }: Evidence): Basis[] {
  return [...(boundary ? [boundary] : []), ...(session ? [session] : [])]
}

function unless(lack: DenyReason | undefined, reason: AllowReason, basis: Basis[]): Outcome {
  return lack ? refused(lack) : { allowed: true, reason, basis }
}

function allowedBy(how: AllowedAs, basis: Basis): Outcome {
  return { allowed: true, reason: reasonOf(how, basis), basis: [basis] }
}

function reasonOf(how: AllowedAs, { layer }: Basis): AllowReason {
  return layer === 'grant' ? BY_GRANT[how] : BY_POLICY[how]
}

function refused(reason: DenyReason): Outcome {
  return { allowed: false, reason, basis: [] }
}
