import { encodeLine } from '../audit/lines.ts'
import type { AuditOperator } from '../audit/record.ts'
import type { Hierarchy } from '../hierarchy/hierarchy.ts'
import type { Clock } from '../platform/clock.ts'
import type { Random } from '../platform/random.ts'
import type { LedgerReport, Store } from '../storage/store.ts'
import { recordOf } from './deed.ts'
import { operatorAccount } from './operator-account.ts'
import { OperatorError } from './operator-error.ts'

interface Context {
  clock: Clock
  random: Random
  store: Store
  hierarchy: Hierarchy
  operator: AuditOperator
}

/**
 * Makes a new ledger of all rows as they are, together with the record of it: who did so, what contradicted the old
 * ledger, and how many rows there were by either. Resolves with what was found; when nothing was, nothing is done.
 */
export async function acceptDatabase(context: Context): Promise<LedgerReport> {
  const { store, random } = context
  const report = await store.inspectLedger()
  if (report.ledger !== undefined && report.problems.length === 0) return report
  const deed = {
    name: 'AcceptDatabase' as const,
    service: 'kms' as const,
    accountId: await operatorAccount(context),
    request: { problems: report.problems, ledger: report.ledger?.counts ?? null, found: report.found },
  }
  const record = recordOf(deed, context)
  const entry = { eventId: record.eventId, record: encodeLine('record', record) }
  const commit = { id: random.uuid(), expect: [], put: [], delete: [], audit: [entry] }
  if ((await store.acceptRows(commit)).committed) return report
  throw new OperatorError('The rows of the database were not accepted.')
}
