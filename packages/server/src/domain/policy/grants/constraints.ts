import type { ConditionValues } from '../language/contract.ts'

type EncryptionContext = Readonly<Record<string, string>>

/**
 * Returns whether `context` has every wanted pair. In a constraint, values are case-sensitive and names are not.
 * Source: AWS KMS API Reference, GrantConstraints. Only ASCII letters are folded, so that no other character equals one
 * of them.
 */
export function includesPairs(context: EncryptionContext, wanted: EncryptionContext): boolean {
  return Object.keys(wanted).every((name) => hasPair(context, name, wanted[name]))
}

/** Returns whether both contexts have the same pairs, by the same rule. */
export function equalPairs(one: EncryptionContext, other: EncryptionContext): boolean {
  return Object.keys(one).length === Object.keys(other).length && includesPairs(one, other) && includesPairs(other, one)
}

/**
 * Returns whether the request is made on behalf of that resource. The constraint matches like the single-valued
 * condition key aws:SourceArn. Source: AWS KMS API Reference, GrantConstraints, SourceArn.
 */
export function isOnBehalfOf(conditions: ConditionValues, sourceArn: string): boolean {
  const values = conditions.get('aws:sourcearn')
  return values?.length === 1 && values[0] === sourceArn
}

/** Compares values first, because most grants that do not match differ in the value. */
function hasPair(context: EncryptionContext, name: string, value: string | undefined): boolean {
  if (Object.hasOwn(context, name) && context[name] === value) return true
  return Object.keys(context).some((other) => context[other] === value && foldCase(other) === foldCase(name))
}

/** Folds the case of ASCII letters only. */
export function foldCase(name: string): string {
  return name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
}
