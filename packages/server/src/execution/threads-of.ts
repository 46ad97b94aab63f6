import type { AccountThreads } from '../crypto/workers/crypto-threads.ts'
import type { Caller } from '../identity/accounts/caller.ts'
import type { Services } from './services.ts'

/** The threads for what this caller asks for: it waits in the line of their account, whose key it may ever be. */
export function threadsOf({ principal }: Caller, { threads }: Pick<Services, 'threads'>): AccountThreads {
  return threads.for(principal.accountId)
}
