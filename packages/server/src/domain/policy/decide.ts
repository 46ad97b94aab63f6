import type { AccessRequest, Basis, Decision, StatementBasis } from './access.ts'
import { denialSentence } from './denial.ts'
import { type Evidence, gather } from './evidence.ts'
import { isMemberOfAccount, isOutOfReach, ownsResource } from './ownership.ts'
import type { AllowedAs } from './language/contract.ts'
import { Work } from './language/patterns/work.ts'
import type { AllowReason, DenyReason } from './reasons.ts'

/** What the evidence amounts to; a denial's sentence is added for the caller. */
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
 * Whether this principal may do this to this resource: AWS's published evaluation logic over documents and grants.
 * Sources: IAM User Guide, "Policy evaluation logic"; AWS KMS Developer Guide, "Troubleshooting AWS KMS permissions".
 *
 * `work` meters it, over all documents: what takes more is denied.
 */
export function decide(request: AccessRequest, work = new Work()): Decision {
  const outcome = weigh(request, gather(request, work))
  return outcome.allowed ? outcome : { ...outcome, sentence: denialSentence(request, outcome.reason) }
}

function weigh(request: AccessRequest, evidence: Evidence): Outcome {
  if (evidence.exhausted) return refused('too-much-work')
  // "Policy evaluation logic", "Deny evaluation": one applicable deny in any policy is final, over grants too.
  if (evidence.deny) return { allowed: false, reason: EXPLICIT[evidence.deny.layer], basis: [evidence.deny] }
  // Services included: one that another account has registered is no principal of this one (AWS KMS API Reference, the
  // operations' "Cross-account use").
  if (isOutOfReach(request)) return refused('confined-to-account')
  if (!isMemberOfAccount(request.principal)) return weighOutsider(evidence)
  if (!ownsResource(request)) return weighAcrossAccounts(request, evidence)
  return typeof request.resource.policy === 'object'
    ? weighResourceSide(request, evidence)
    : weighIdentitySide(request, evidence)
}

/**
 * Services and web identities are allowed where they are named themselves: they have no policies that could allow or
 * limit them, and no account that could be meant with them. Source: IAM User Guide, "AWS JSON policy elements:
 * Principal", "AWS service principals" and "Web identity session principals".
 */
function weighOutsider({ principal }: Evidence): Outcome {
  return principal ? allowedBy('principal', principal) : refused('no-resource-allow')
}

/**
 * Both sides must allow: the resource's, in any way, and the identity's, in all of its layers. Only a grant to the
 * principal or its role is enough without an allow of the identity's policies; what limits those limits it still.
 * Sources: IAM User Guide, "Cross-account policy evaluation logic"; AWS KMS Developer Guide, "Allowing users in other
 * accounts to use a KMS key" and, for grants, "Troubleshooting key access" ("a grant or IAM policy in your account").
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
 * A key, or a role with its trust policy, in the principal's own account: nobody has access unless this policy or a
 * grant gives it, the account's root included.
 * Sources: AWS KMS Developer Guide, "Key policies in AWS KMS"; for what an implicit deny limits, IAM User Guide,
 * "How AWS enforcement code logic evaluates requests to allow or deny access", "Resource-based policies".
 */
function weighResourceSide(request: AccessRequest, evidence: Evidence): Outcome {
  const { principal, role, account } = evidence
  // A user's or session's own ARN: implicit denies of the other policies have no say. `*` counts the same (IAM User
  // Guide, "AWS JSON policy elements: Principal", "IAM role principals": boundary and session policies do not limit it).
  if (principal) return allowedBy('principal', principal)
  // A role's ARN: an implicit deny of the boundary or the session policy limits it, one of the identity policies not.
  if (role) return unless(limitsLack(request, evidence), reasonOf('role', role), [role, ...limits(evidence)])
  // The account: it decides with its own policies, as for any resource without a policy.
  if (account)
    return unless(identityLacks(request, evidence), reasonOf('account', account), [account, ...identitySide(evidence)])
  return refused('no-resource-allow')
}

/** Resources without a policy, and what does not exist: the identity alone. Source: "Policy evaluation logic". */
function weighIdentitySide(request: AccessRequest, evidence: Evidence): Outcome {
  const reason = request.principal.type === 'Root' ? 'account-root' : 'identity-policy'
  return unless(identityLacks(request, evidence), reason, identitySide(evidence))
}

/** What is missing on the identity's side. A root has no identity policies and needs none: it is its account. */
function identityLacks(request: AccessRequest, evidence: Evidence): DenyReason | undefined {
  if (!evidence.identity && request.principal.type !== 'Root') return 'no-identity-allow'
  return limitsLack(request, evidence)
}

/**
 * What the layers that only limit do not allow. One of several session policies is enough.
 * Source: IAM User Guide, "Permissions boundaries for IAM entities" and "Session policies".
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
