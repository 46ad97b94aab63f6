import type { NamedPolicy } from '../../domain/policy/access.ts'
import { awsManagedPolicy } from '../accounts/aws-policies.ts'
import type { Session } from '../accounts/caller.ts'
import type { CompiledPolicies } from './compiled-policies.ts'
import { managedPolicyText, type PermissionSource } from './permissions.ts'

/** The session policies of a session, ready to be asked. */
export interface SessionLimits {
  policies: readonly NamedPolicy[]
  asksForAliases: boolean
}

/** A text that is no policy, which therefore denies everything. */
const UNREADABLE = ''

/** What limits a session, or `undefined` where nothing does. */
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
    // A managed policy that is gone may have held a denial.
    return compiled.identity(reference.arn, (await managedPolicyText(reference, source)) ?? UNREADABLE)
  })
  const limits = [...own, ...(await Promise.all(managed))]
  return { policies: limits, asksForAliases: limits.some((limit) => limit.asksForAliases) }
}
