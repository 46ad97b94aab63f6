import type { PolicyPrincipal } from '../../domain/policy/language/contract.ts'
import type { Caller } from '../../identity/accounts/caller.ts'
import { firstValue } from '../../identity/authentication/headers.ts'
import type { RawRequest } from '../../identity/authentication/raw-request.ts'
import { BoundedCache } from '../../platform/bounded-cache.ts'

/** The last verified caller of a connection, or of a client behind a trusted proxy. */
interface Verified {
  accessKeyId: string
  payer: string
}

/** How many access keys are remembered, with about a hundred bytes each. */
const MAX_ACCESS_KEYS = 50_000

/** The queue of all unknown callers. */
const STRANGERS = 'strangers'

/** The part of an Authorization header that names the access key. Longer ids are refused. */
const CREDENTIAL = /Credential=([^/,\s]{1,128})\//
/** The same for a query, as every signer writes it. */
const QUERY_CREDENTIAL = /(?:^|&)X-Amz-Credential=([^/%&\s]{1,128})(?:%2F|\/)/i

/**
 * Chooses the queue in which a request waits before its signature is verified. What a request claims proves nothing: an
 * attacker who knows an access key id could fill the queue of its account. So an account's own queue is only for
 * connections on which a request with that access key was verified before; behind a trusted proxy, which puts many clients
 * on one connection, for their addresses. New ones use a second queue of the account, which they can have to share with
 * forged requests. Access keys without recent use share one queue, because otherwise invented ids would have one queue
 * each.
 */
export class Lines {
  readonly #accessKeys = new BoundedCache<string>(MAX_ACCESS_KEYS)
  readonly #clients = new WeakMap<object, Verified>()

  of({ provenTogether, headers, query }: Pick<RawRequest, 'provenTogether' | 'headers' | 'query'>): string {
    const header = firstValue(headers, 'authorization')
    const accessKeyId = (header === undefined ? QUERY_CREDENTIAL.exec(query) : CREDENTIAL.exec(header))?.[1]
    if (accessKeyId === undefined) return STRANGERS
    const last = provenTogether && this.#clients.get(provenTogether)
    if (last?.accessKeyId === accessKeyId) return last.payer
    const payer = this.#accessKeys.get(accessKeyId)
    return payer === undefined ? STRANGERS : `${payer}/claimed`
  }

  /** Records that a request of this client was verified as the caller's. */
  verified({ provenTogether }: Pick<RawRequest, 'provenTogether'>, { accessKeyId, principal }: Caller): void {
    const last = provenTogether && this.#clients.get(provenTogether)
    if (last?.accessKeyId === accessKeyId) return
    const payer = payerOf(principal)
    this.#accessKeys.set(accessKeyId, payer)
    if (provenTogether) this.#clients.set(provenTogether, { accessKeyId, payer })
  }
}

/**
 * Returns what a caller's computation is charged to: their account. A web identity only names the account of the role
 * that it asks for: with a token of a public issuer, anyone could use up that account's share. Web identities of an
 * account therefore have a separate share.
 */
export function payerOf({ type, accountId }: PolicyPrincipal): string {
  return type === 'WebIdentity' ? `${accountId}/web-identities` : accountId
}
