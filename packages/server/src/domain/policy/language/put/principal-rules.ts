import type { PolicyFault } from '../contract.ts'
import { type PolicyDocument, principalsOf } from '../document.ts'

/**
 * A canonical user: a name of Amazon S3, which "most resource-based policies do not support" (IAM User Guide, "Policy grammar
 * notes"). None is here, so that one in NotPrincipal would leave out no principal.
 */
export function principalFault(policy: PolicyDocument): PolicyFault | undefined {
  const found = principalsOf(policy).find(({ kind }) => kind === 'canonical-user')
  return found && { path: found.path, message: 'Not a valid principal', invalidPrincipal: found.text }
}
