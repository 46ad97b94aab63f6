import { ACCEPT_AUDIT_LOSS, losses } from '../../audit/accepted-losses.ts'
import type { AuditReport } from '../../audit/report.ts'
import { Changeset } from '../../vault/records/changeset.ts'
import { commitDeed, type OperatorContext } from './deed.ts'
import { operatorAccount } from './operator-account.ts'

/**
 * Accepts the loss of records that a power failure can cause at the level `write`. Writes a record with the numbers of
 * the lost changes, and with the streams and how much of each is lost. `verify` reads the log. Resolves with the state
 * of the log afterwards. Does nothing if there is nothing to accept.
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
