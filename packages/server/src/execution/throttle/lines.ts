import { firstValue } from '../../identity/authentication/headers.ts'
import type { RawRequest } from '../../identity/authentication/raw-request.ts'
import type { Caller } from '../../identity/accounts/caller.ts'
import { BoundedCache } from '../../platform/bounded-cache.ts'
import { payerOf } from './payer.ts'

/** Who was last verified. */
interface Verified {
  accessKeyId: string
  payer: string
}

/** Access keys that are remembered: some hundred bytes each. */
const MAX_ACCESS_KEYS = 50_000

/** The line of all of whom nothing is known. */
const STRANGERS = 'strangers'

/** As much of an Authorization header as names the access key. Longer ids are refused. */
const CREDENTIAL = /Credential=([^/,\s]{1,128})\//
/** The same of a query, as every signer writes it. */
const QUERY_CREDENTIAL = /(?:^|&)X-Amz-Credential=([^/%&\s]{1,128})(?:%2F|\/)/i

/**
 * In which line a request waits before its signature is verified. What it claims proves nothing: a stranger who knows
 * an access key id could fill the line of its account. So an account's own line is for connections on which a request
 * under that access key was verified before. A connection that is new has a second line of the account, and shares it with
 * forgers at worst; access keys that nobody has used lately share one line, as names that a stranger invents would be
 * one line each.
 */
export class Lines {
  readonly #accessKeys = new BoundedCache<string>(MAX_ACCESS_KEYS)
  readonly #connections = new WeakMap<object, Verified>()

  of({ connection, headers, query }: Pick<RawRequest, 'connection' | 'headers' | 'query'>): string {
    const header = firstValue(headers, 'authorization')
    const accessKeyId = (header === undefined ? QUERY_CREDENTIAL.exec(query) : CREDENTIAL.exec(header))?.[1]
    if (accessKeyId === undefined) return STRANGERS
    const last = connection && this.#connections.get(connection)
    if (last?.accessKeyId === accessKeyId) return last.payer
    const payer = this.#accessKeys.get(accessKeyId)
    return payer === undefined ? STRANGERS : `${payer}/claimed`
  }

  /** A request on this connection was proved to be the caller's. */
  verified({ connection }: Pick<RawRequest, 'connection'>, { accessKeyId, principal }: Caller): void {
    const last = connection && this.#connections.get(connection)
    if (last?.accessKeyId === accessKeyId) return
    const payer = payerOf(principal)
    this.#accessKeys.set(accessKeyId, payer)
    if (connection) this.#connections.set(connection, { accessKeyId, payer })
  }
}
