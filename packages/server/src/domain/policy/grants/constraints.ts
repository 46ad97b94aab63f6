import type { ConditionValues } from '../language/contract.ts'

type EncryptionContext = Readonly<Record<string, string>>

/**
 * Whether `context` has every wanted pair. Of a pair in a constraint only the value is case-sensitive, the name is not.
 * Source: AWS KMS API Reference, GrantConstraints. Folded are the letters of ASCII alone, so that no other character
 * passes for one of them.
 */
export function includesPairs(context: EncryptionContext, wanted: EncryptionContext): boolean {
  return Object.keys(wanted).every((name) => hasPair(context, name, wanted[name]))
}

/** Whether both have the same pairs, by the same rule. */
export function equalPairs(one: EncryptionContext, other: EncryptionContext): boolean {
  return Object.keys(one).length === Object.keys(other).length && includesPairs(one, other) && includesPairs(other, one)
}

/**
 * Whether the request is made on behalf of that resource: the constraint counts like the condition key aws:SourceArn,
 * which has one value. Source: AWS KMS API Reference, GrantConstraints, SourceArn.
 */
export function isOnBehalfOf(conditions: ConditionValues, sourceArn: string): boolean {
  const values = conditions.get('aws:sourcearn')
  return values?.length === 1 && values[0] === sourceArn
}

/** Names are folded only where the value is right, as most grants that do not match differ in the value. */
function hasPair(context: EncryptionContext, name: string, value: string | undefined): boolean {
  if (Object.hasOwn(context, name) && context[name] === value) return true
  return Object.keys(context).some((other) => context[other] === value && foldCase(other) === foldCase(name))
}

/** Folds the case of ASCII letters, and of no others. */
export function foldCase(name: string): string {
  return name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
}
