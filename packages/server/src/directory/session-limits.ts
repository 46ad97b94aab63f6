import type { NamedPolicy } from '../authorization/access.ts'
import type { Session } from '../identity/caller.ts'
import type { CompiledPolicies } from './compiled-policies.ts'
import { asksForAliases, managedPolicyText, type PermissionSource } from './permissions.ts'

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
  const own = (policies ?? []).map((text, index) => ({ name: `session policy ${index + 1}`, text }))
  // A managed policy that is gone may have held a denial.
  const managed = (managedPolicies ?? []).map(async (reference) => ({
    name: reference.arn,
    text: (await managedPolicyText(reference, source)) ?? UNREADABLE,
  }))
  const texts = [...own, ...(await Promise.all(managed))]
  return {
    policies: texts.map(({ name, text }) => compiled.named(name, 'identity', { text })),
    asksForAliases: texts.some(({ text }) => asksForAliases(text)),
  }
}
