import { serviceError } from '@keyhold/protocol'
import type { Decision, IdentityPolicies } from '../authorization/access.ts'
import { decide } from '../authorization/decide.ts'
import type { CompiledPolicy } from '../authorization/policy/contract.ts'
import type { KeyEntry } from '../directory/directory.ts'
import type { Caller } from '../identity/caller.ts'
import type { Found } from './found.ts'

/** Today's principals are their accounts' administrators: each has one policy, which allows everything. */
const ADMINISTRATOR: IdentityPolicies = { policies: [{ name: 'administrator', policy: allowingEverything() }] }

/** Today's keys have the default key policy, which leaves all to the account's own policies, as for what is missing. */
const DEFAULT_POLICY = 'missing'

/** Whether the caller may do this to what was found, or to what was not. */
export function decideFor(
  { arn = '*', ownerAccountId: accountId, hiddenAs }: Pick<Found, 'arn' | 'ownerAccountId' | 'hiddenAs'>,
  { principal }: Caller,
  action: string,
): Decision {
  return decide({
    principal,
    identity: ADMINISTRATOR,
    action: `kms:${action}`,
    resource: { arn, accountId, policy: DEFAULT_POLICY, hiddenAs },
    grants: [],
    conditions: { get: () => undefined },
  })
}

/** Throws what a denied caller is told. */
export function requireAllowed(decision: Decision): void {
  if (!decision.allowed) throw serviceError('AccessDeniedException', decision.sentence)
}

/** The key, once the caller may know of it: denial comes before "not found", so that strangers learn nothing. */
export function authorizedKey(found: Found, caller: Caller, action: string): KeyEntry {
  requireAllowed(decideFor(found, caller, action))
  if (found.missing) throw found.missing
  return found.key
}

function allowingEverything(): CompiledPolicy {
  const statement = { index: 0 }
  const whole = { principal: undefined, action: true, resource: true, conditions: [], applies: true }
  return {
    evaluate: () => ({ allow: { principal: statement } }),
    trace: () => [{ statement, effect: 'Allow', ...whole }],
  }
}
