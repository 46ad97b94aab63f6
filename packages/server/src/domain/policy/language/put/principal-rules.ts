import type { PolicyFault } from '../contract.ts'
import { type PolicyDocument, principalsOf } from '../document.ts'

/**
 * Refuses a canonical user, a principal type of Amazon S3 that "most resource-based policies do not support" (IAM User
 * Guide, "Policy grammar notes"). This server has none, so in NotPrincipal it would exempt no principal.
 */
export function principalFault(policy: PolicyDocument): PolicyFault | undefined {
  const found = principalsOf(policy).find(({ kind }) => kind === 'canonical-user')
  return found && { path: found.path, message: 'Not a valid principal', invalidPrincipal: found.text }
}
