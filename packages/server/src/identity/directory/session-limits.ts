import type { NamedPolicy } from '../../domain/policy/access.ts'
import { awsManagedPolicy } from '../accounts/aws-policies.ts'
import type { Session } from '../accounts/caller.ts'
import type { CompiledPolicies } from './compiled-policies.ts'
import { managedPolicyText, type PermissionSource } from './permissions.ts'

/** The compiled session policies of a session. */
export interface SessionLimits {
  policies: readonly NamedPolicy[]
  asksForAliases: boolean
}

/** A text that is not a policy, and that therefore denies everything. */
const UNREADABLE = ''

/** Returns the limits of a session, or `undefined` if it has none. */
export async function sessionLimits(
  { policies, managedPolicies }: Session,
  source: PermissionSource,
  compiled: CompiledPolicies,
): Promise<SessionLimits | undefined> {
  if (policies === undefined && managedPolicies === undefined) return undefined
  const own = (policies ?? []).map((text, index) => compiled.identity(`session policy ${index + 1}`, text))
  const managed = (managedPolicies ?? []).map(async (reference) => {
    const ofAws = awsManagedPolicy(reference.arn)
    if (ofAws) return compiled.ofAws(ofAws)
    // A deleted managed policy can have contained a deny.
    return compiled.identity(reference.arn, (await managedPolicyText(reference, source)) ?? UNREADABLE)
  })
  const limits = [...own, ...(await Promise.all(managed))]
  return { policies: limits, asksForAliases: limits.some((limit) => limit.asksForAliases) }
}
