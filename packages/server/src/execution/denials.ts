import { parseArn } from '@keyhold/protocol'
import type { AuditDecision, AuditRecord } from '../audit/record.ts'
import { isOfResource, reasonSentence } from '../domain/policy/reasons.ts'
import { BoundedCache } from '../platform/bounded-cache.ts'

/** Why a request was denied, for those who may know it. */
export interface Denial extends Pick<AuditDecision, 'action' | 'resource' | 'reason' | 'basis'> {
  principal: { id: string; name: string; arn: string }
  explanation: string
}

/** How many denials are remembered of one account, by whose callers they are, at most some hundred bytes each. */
const OF_ITS_OWN = 1000
const OF_OTHERS = 200
const ACCOUNTS = 50

/** What the account of a resource is told when it is not its own policies that deny. */
const ELSEWHERE = {
  reason: 'not-allowed-by-principals-account',
  explanation: "The resource's account does not deny it. Ask the account of the principal.",
}

/**
 * The last denials, by the request ids that their answers carried, for DecodeAuthorizationMessage. They are in memory only:
 * `keyhold access explain` finds all of them in the audit log.
 *
 * A denial belongs to the account whose resource was asked for, whether the resource exists or not. Only that account may know
 * what its policies say, and a caller of another one must not learn what exists. What the policies of such a caller say is not told
 * to the account of the resource.
 *
 * Callers name resources of whichever accounts they like. So theirs are kept apart, and displace none of an account's own.
 */
export class Denials {
  readonly #ofItsOwn = new BoundedCache<BoundedCache<Denial>>(ACCOUNTS)
  readonly #ofOthers = new BoundedCache<BoundedCache<Denial>>(ACCOUNTS)

  /** Remembers the denial that a record describes. `requestId` is the one that the caller gets. */
  note(requestId: string, { decision, caller }: AuditRecord): void {
    if (decision === undefined || decision.allowed || caller === undefined) return
    const owner = ownerOf(decision.resource, caller.accountId)
    if (owner === undefined) return
    const isItsOwn = owner === caller.accountId
    const accounts = isItsOwn ? this.#ofItsOwn : this.#ofOthers
    const denials = accounts.get(owner) ?? new BoundedCache<Denial>(isItsOwn ? OF_ITS_OWN : OF_OTHERS)
    accounts.set(owner, denials)
    const { principalId: id, arn } = caller
    const principal = { id, name: arn.slice(arn.lastIndexOf('/') + 1), arn }
    denials.set(requestId, { principal, ...toldOf(decision, isItsOwn) })
  }

  /** A denial of this account, or `undefined` if there is none with this request id that is remembered. */
  find(requestId: string, accountId: string): Denial | undefined {
    return this.#ofItsOwn.get(accountId)?.get(requestId) ?? this.#ofOthers.get(accountId)?.get(requestId)
  }
}

function toldOf({ action, resource, reason, basis }: AuditDecision, isItsOwn: boolean): Omit<Denial, 'principal'> {
  const asked = { ...(action !== undefined && { action }), ...(resource !== undefined && { resource }) }
  if (!isItsOwn && !isOfResource(reason)) return { ...asked, ...ELSEWHERE }
  return { ...asked, reason, explanation: reasonSentence(reason), ...(basis && { basis }) }
}

/** Nothing for a ciphertext whose key is unknown: it would tell that no account has the key. */
function ownerOf(resource: string | undefined, callersAccount: string): string | undefined {
  if (resource === '*') return callersAccount
  return resource === undefined ? undefined : parseArn(resource)?.account || callersAccount
}
