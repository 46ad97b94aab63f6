import { parseArn } from '@keyhold/protocol'
import type { AuditDecision, AuditRecord } from '../audit/record.ts'
import { BoundedCache } from '../platform/bounded-cache.ts'

/** Why a request was denied, for those who may know it. */
export interface Denial {
  principal: { id: string; name: string; arn: string }
  decision: AuditDecision
}

/** How many denials are remembered of one account, and of how many accounts: at most some hundred bytes each. */
const EACH = 1000
const ACCOUNTS = 50

/**
 * The last denials, by the request ids that their answers carried, for DecodeAuthorizationMessage. They are in memory only:
 * `keyhold access explain` finds all of them in the audit log.
 *
 * A denial belongs to the account whose resource was asked for, whether the resource exists or not. Only that account may know
 * what its policies say, and a caller of another one must not learn what exists.
 */
export class Denials {
  readonly #byAccount = new BoundedCache<BoundedCache<Denial>>(ACCOUNTS)

  /** Remembers the denial that a record describes. `requestId` is the one that the caller gets. */
  note(requestId: string, { decision, caller }: AuditRecord): void {
    if (decision === undefined || decision.allowed || caller === undefined) return
    const owner = ownerOf(decision.resource, caller.accountId)
    if (owner === undefined) return
    const { principalId: id, arn } = caller
    const denials = this.#byAccount.get(owner) ?? new BoundedCache<Denial>(EACH)
    this.#byAccount.set(owner, denials)
    denials.set(requestId, { principal: { id, name: arn.slice(arn.lastIndexOf('/') + 1), arn }, decision })
  }

  /** A denial of this account, or `undefined` if there is none with this request id that is remembered. */
  find(requestId: string, accountId: string): Denial | undefined {
    return this.#byAccount.get(accountId)?.get(requestId)
  }
}

/** Nothing for a ciphertext whose key is unknown: it would tell that no account has the key. */
function ownerOf(resource: string | undefined, callersAccount: string): string | undefined {
  if (resource === '*') return callersAccount
  return resource === undefined ? undefined : parseArn(resource)?.account || callersAccount
}
