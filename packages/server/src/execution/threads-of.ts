import type { AccountThreads } from '../crypto/workers/crypto-threads.ts'
import type { Caller } from '../identity/accounts/caller.ts'
import type { Services } from './services.ts'

/**
 * The threads for work of this caller. It waits in the queue of the caller's account, whatever account the key belongs
 * to.
 */
export function threadsOf({ principal }: Caller, { threads }: Pick<Services, 'threads'>): AccountThreads {
  return threads.for(principal.accountId)
}
