import { Changeset } from '../../vault/records/changeset.ts'
import { commitDeed, type OperatorContext } from './deed.ts'
import { operatorAccount } from './operator-account.ts'

/** Records that a server is about to be sealed: afterwards nothing can be recorded. */
export async function recordSeal(context: OperatorContext): Promise<void> {
  const accountId = await operatorAccount(context)
  await commitDeed({ name: 'SealServer', service: 'kms', accountId, request: {} }, new Changeset(), context)
}

/** How a server that was sealed came to be open. */
export interface Unsealing {
  /** When it was sealed, in milliseconds since the epoch. */
  sealedMs: number
  /** What an operator gave, such as `passphrase`; `nothing` where no one needed to. */
  given: string
  /** The way that opened the root, which needs not be by what was given; none where a root file that is no way did. */
  way?: string | undefined
  /** How many requests were refused meanwhile. */
  refusedRequests: number
}

/** Records that a server was unsealed, and what the log could not have meanwhile. */
export async function recordUnseal(
  { sealedMs, given, way, refusedRequests }: Unsealing,
  context: OperatorContext,
): Promise<void> {
  const accountId = await operatorAccount(context)
  const request = {
    sealedAt: new Date(sealedMs).toISOString(),
    given,
    ...(way !== undefined && { way }),
    refusedRequests,
  }
  await commitDeed({ name: 'UnsealServer', service: 'kms', accountId, request }, new Changeset(), context)
}
