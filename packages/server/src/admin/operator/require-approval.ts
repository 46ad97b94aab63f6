import type { Auditor } from '../../audit/auditor.ts'
import { commitRecorded } from '../../audit/commit-recorded.ts'
import type { AuditOperator, AuditRecord } from '../../audit/record.ts'
import { digestOf } from '../../execution/quorum/digest.ts'
import { namedIn } from '../../execution/quorum/named.ts'
import { refusalOf } from '../../execution/quorum/refusal.ts'
import { type Protected, rulesAbout, settle } from '../../execution/quorum/settle.ts'
import { rootArn } from '../../identity/accounts/entity-arns.ts'
import type { Directory } from '../../identity/directory/directory.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Logger } from '../../platform/logger.ts'
import type { Random } from '../../platform/random.ts'
import type { Changeset } from '../../vault/records/changeset.ts'
import type { Records } from '../../vault/records/records.ts'
import { OperatorError } from './operator-error.ts'

/** What an operator is about to do. */
interface Act {
  name: string
  accountId: string
  request: Record<string, unknown>
}

interface Context {
  clock: Clock
  random: Random
  records: Records
  directory: Directory
  auditor: Auditor
  logger: Logger
  operator: AuditOperator
}

/**
 * Requires that approvers of the account have approved what an operator is about to do to it, where one of its quorum rules
 * says so. Adds to `changes` that the approval is used up. An operator has the root of trust, and could do without this
 * program: it keeps honest operators from acting alone.
 *
 * @throws OperatorError while approvals are missing; `waitingRecord` makes the record of what waits from then on.
 */
export async function requireOperatorApproval(
  { name, accountId, request }: Act,
  changes: Changeset,
  context: Context,
  waitingRecord: (details: Record<string, unknown>) => AuditRecord,
): Promise<void> {
  await context.directory.catchUp()
  const rules = await rulesAbout(accountId, ({ protects }) => protects.includes('OPERATOR'), context, changes)
  if (rules.length === 0) return
  const { user } = context.operator
  const arn = `operator ${user}`
  const named = await namedIn(request, accountId, context.directory)
  const call: Protected = {
    accountId,
    requester: { id: `operator/${user}`, arn, people: [] },
    action: `operator:${name}`,
    resource: rootArn(accountId),
    input: request,
    digest: digestOf({ user, name, accountId, request, rules, named }),
    rules,
  }
  const settled = await settle(call, { ...context, enforcement: 'on' }, changes)
  if (settled.result === 'approved') return
  if (settled.result === 'waits' && settled.create) {
    const { requestId, action, requester } = settled.request
    const record = waitingRecord({ requestId, action, requester: requester.arn })
    if (!(await commitRecorded(settled.create, [record], context))) throw retry()
  }
  throw new OperatorError(refusalOf(settled, { arn, action: call.action, resource: call.resource }))
}

function retry(): OperatorError {
  return new OperatorError('The requests of the account were changed by another process. Try again.')
}
