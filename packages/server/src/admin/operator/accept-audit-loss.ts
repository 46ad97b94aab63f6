import { ACCEPT_AUDIT_LOSS, losses } from '../../audit/accepted-losses.ts'
import type { AuditReport } from '../../audit/report.ts'
import { Changeset } from '../../vault/storage/changeset.ts'
import { commitDeed, type OperatorContext } from './deed.ts'
import { operatorAccount } from './operator-account.ts'

/**
 * Accepts that records are gone which a power cut can lose at the level `write`: a record of it names the numbers of the
 * changes, and the streams with how much of each is gone. `verify` reads the log. Resolves with the log as it is found
 * afterwards. When there is nothing to accept, nothing is done.
 */
export async function acceptAuditLoss(
  context: OperatorContext,
  verify: () => Promise<AuditReport>,
): Promise<AuditReport> {
  const before = await verify()
  const { changes, streams } = losses(before.problems)
  if (changes.length + streams.length === 0) return before
  const accountId = await operatorAccount(context)
  const request = { changes, streams }
  await commitDeed({ name: ACCEPT_AUDIT_LOSS, service: 'kms', accountId, request }, new Changeset(), context)
  return verify()
}
