import type { PolicyDocument, PrincipalName } from './document.ts'

/** Every principal that a document names, in its order: to see that they exist, and to bind them to their ids. */
export function principalsOf({ statements }: PolicyDocument): PrincipalName[] {
  return statements.flatMap(({ principals }) => principals?.names ?? [])
}
