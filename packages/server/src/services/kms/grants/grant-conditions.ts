import type { GrantConstraints } from '../../../domain/policy/access.ts'

/** The encryption context in the condition keys of a request about a grant: the one in the grant's constraints. */
export function constrainedContext({
  encryptionContextEquals,
  encryptionContextSubset,
}: GrantConstraints): Record<string, string> | undefined {
  return encryptionContextEquals || encryptionContextSubset
    ? { ...encryptionContextSubset, ...encryptionContextEquals }
    : undefined
}

/**
 * The values of kms:GrantConstraintType, by the names in the API. A subset without pairs constrains nothing, and does
 * not count as a constraint.
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
