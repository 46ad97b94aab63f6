import type { GrantConstraints } from '../../../domain/policy/access.ts'

/** What policies see as the encryption context of a request about a grant: that which the grant demands. */
export function constrainedContext({
  encryptionContextEquals,
  encryptionContextSubset,
}: GrantConstraints): Record<string, string> | undefined {
  return encryptionContextEquals || encryptionContextSubset
    ? { ...encryptionContextSubset, ...encryptionContextEquals }
    : undefined
}

/**
 * kms:GrantConstraintType, by the names that requests have. Every context has the subset without pairs: that constrains
 * nothing, and does not count where constraints are asked for.
 */
export function constraintTypes({
  encryptionContextEquals,
  encryptionContextSubset = {},
  sourceArn,
}: GrantConstraints): string[] | undefined {
  const types = [
    ...(encryptionContextEquals ? ['EncryptionContextEquals'] : []),
    ...(Object.keys(encryptionContextSubset).length > 0 ? ['EncryptionContextSubset'] : []),
    ...(sourceArn === undefined ? [] : ['SourceArn']),
  ]
  return types.length === 0 ? undefined : types
}
