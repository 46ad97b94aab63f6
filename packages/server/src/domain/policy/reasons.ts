/** Why a request is allowed. The keys stand in audit records; the sentences, in explanations. */
const ALLOWED = Object.freeze({
  'named-by-resource-policy': 'The resource policy allows the principal itself, or everybody.',
  'role-named-by-resource-policy': 'The resource policy allows the role behind the session, and nothing limits it.',
  'delegated-by-resource-policy':
    "The resource policy leaves the decision to the account, and the principal's own policies allow it.",
  'named-by-grant': 'A grant allows the principal itself.',
  'role-named-by-grant': 'A grant allows the role behind the session, and nothing limits it.',
  'delegated-by-grant': "A grant allows the account, and the principal's own policies allow it.",
  'identity-policy': "The principal's own policies allow it, and nothing else has a say in it.",
  'account-root': 'The root of the account may do what its account may.',
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
    'The operation works only within the account that owns the resource: no policy and no grant lets another account do it.',
  'too-much-work':
    'The policies that apply are too complex for this request: to evaluate them is more work than a decision may be.',
  'not-the-owner':
    'The resource belongs to another account, or is unknown, and has no policy that could allow anybody.',
})

export type AllowReason = keyof typeof ALLOWED
export type DenyReason = keyof typeof DENIED

/** A sentence for every reason that a decision can have. */
export const REASONS: Readonly<Record<AllowReason | DenyReason, string>> = Object.freeze({ ...ALLOWED, ...DENIED })

/** The sentence for a reason as it stands in an audit record: of a decision, of a server that enforces nothing, or older. */
export function reasonSentence(reason: string): string {
  if (reason === 'not-enforced') return 'This development server enforces no policies.'
  const known = Object.hasOwn(REASONS, reason) ? REASONS[reason as keyof typeof REASONS] : undefined
  return known ?? 'An earlier version decided it by its own rule.'
}
