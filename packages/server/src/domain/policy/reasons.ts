/** Why a request is allowed. Audit records contain the keys, explanations the sentences. */
const ALLOWED = Object.freeze({
  'named-by-resource-policy': 'The resource policy allows the principal itself, or all principals.',
  'role-named-by-resource-policy': 'The resource policy allows the role behind the session, and nothing limits it.',
  'delegated-by-resource-policy':
    "The resource policy delegates the decision to the account, and the principal's own policies allow it.",
  'named-by-grant': 'A grant allows the principal itself.',
  'role-named-by-grant': 'A grant allows the role behind the session, and nothing limits it.',
  'delegated-by-grant': "A grant allows the account, and the principal's own policies allow it.",
  'identity-policy': "The principal's own policies allow it, and no other policy applies.",
  'account-root': 'The root of an account can do everything that its account can.',
  'both-accounts': "The resource's account allows it, and so does the account of the principal.",
})

/** Why a request is denied. */
const DENIED = Object.freeze({
  'denied-by-resource-policy': 'A statement of the resource policy denies it.',
  'denied-by-identity-policy': "A statement of the principal's identity policies denies it.",
  'denied-by-permissions-boundary': "A statement of the principal's permissions boundary denies it.",
  'denied-by-session-policy': 'A statement of a session policy denies it.',
  'no-resource-allow': 'Neither the resource policy nor a grant allows the principal, its role or its account.',
  'no-identity-allow': "None of the principal's identity policies allows it.",
  'no-boundary-allow': "The principal's permissions boundary does not allow it.",
  'no-session-allow': 'None of the session policies allows it.',
  'confined-to-account':
    'The operation works only within the account that owns the resource: no policy and no grant can allow it to another account.',
  'too-much-work':
    'The policies that apply are too complex for this request: their evaluation exceeds the limit for one decision.',
  'not-the-owner': 'The resource belongs to another account, or is unknown, and has no policy that could allow access.',
})

/** The reason of an allow. */
export type AllowReason = keyof typeof ALLOWED
/** The reason of a denial. */
export type DenyReason = keyof typeof DENIED

/**
 * Whose policies a denial is about. Those of the principal's side, its boundary and its session are no other account's business:
 * not that of the account whose resource was asked for either.
 */
const SIDES: Readonly<Record<DenyReason, 'principal' | 'resource'>> = Object.freeze({
  'denied-by-resource-policy': 'resource',
  'denied-by-identity-policy': 'principal',
  'denied-by-permissions-boundary': 'principal',
  'denied-by-session-policy': 'principal',
  'no-resource-allow': 'resource',
  'no-identity-allow': 'principal',
  'no-boundary-allow': 'principal',
  'no-session-allow': 'principal',
  'confined-to-account': 'resource',
  'too-much-work': 'principal',
  'not-the-owner': 'resource',
})

/** Whether a denial says nothing of the policies of the principal and its account. */
export function isOfResource(reason: string): boolean {
  return Object.hasOwn(SIDES, reason) && SIDES[reason as DenyReason] === 'resource'
}

/** The sentence for each reason of a decision. */
export const REASONS: Readonly<Record<AllowReason | DenyReason, string>> = Object.freeze({ ...ALLOWED, ...DENIED })

/**
 * Returns the sentence for a reason in an audit record: of a decision, of a server that enforces no policies, or of an
 * older version.
 */
export function reasonSentence(reason: string): string {
  if (reason === 'not-enforced') return 'This development server enforces no policies.'
  const known = Object.hasOwn(REASONS, reason) ? REASONS[reason as keyof typeof REASONS] : undefined
  return known ?? 'An earlier version made this decision by a rule of its own.'
}
