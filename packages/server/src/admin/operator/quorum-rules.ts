import type { QuorumRule } from '../../domain/policy/quorum.ts'
import { Changeset } from '../../vault/records/changeset.ts'
import { quorumRuleTable } from '../../vault/records/quorum-rule.ts'
import { everyRow } from '../../vault/storage/page.ts'
import { commitDeed, type OperatorContext } from './deed.ts'
import { OperatorError } from './operator-error.ts'

/** The quorum rules of every account. */
export async function quorumRules({ records }: Pick<OperatorContext, 'records'>): Promise<QuorumRule[]> {
  const rows = await Array.fromAsync(everyRow((page) => records.list(quorumRuleTable, page)))
  return rows.map(({ value }) => value)
}

/**
 * Removes a quorum rule without its approvers: the way out where too few of them are left. An operator has the root of trust and
 * could do so by another program; this way the audit log has it. Throws {@link OperatorError} for a rule that is not there.
 */
export async function removeQuorumRule(
  named: Pick<QuorumRule, 'accountId' | 'ruleName'>,
  context: OperatorContext,
): Promise<QuorumRule> {
  const stored = await context.records.get(quorumRuleTable, named)
  if (stored === undefined) throw new OperatorError(`Account ${named.accountId} has no quorum rule ${named.ruleName}.`)
  const { accountId, ruleName, needed, approvers, protects } = stored.value
  const changes = new Changeset()
  changes.delete(stored)
  const request = { ruleName, needed, approvers: approvers.map(({ arn }) => arn), protects }
  await commitDeed({ name: 'RemoveQuorumRule', service: 'kms', accountId, request }, changes, context)
  return stored.value
}
