/**
 * A value as the API spells it, from any spelling of it: `sign-verify` for SIGN_VERIFY. Which values there are, the
 * service says: AWS adds some.
 */
export function enumeration<T extends string>(text: string): T {
  return text.toUpperCase().replaceAll('-', '_') as T
}
