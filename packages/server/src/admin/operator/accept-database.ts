import { encodeLine } from '../../audit/lines.ts'
import type { AuditOperator } from '../../audit/record.ts'
import type { Sealing } from '../../vault/hierarchy/sealing.ts'
import type { LedgerReport, OutboxEntry, Journal } from '../../vault/storage/journal.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Random } from '../../platform/random.ts'
import { beginClockAgain } from '../../vault/records/waits.ts'
import { Changeset } from '../../vault/records/changeset.ts'
import type { Records } from '../../vault/records/records.ts'
import { recordOf } from './deed.ts'
import { type LeadingRecord, missingLeadingRecords } from './leading-rows.ts'
import { operatorAccount } from './operator-account.ts'
import { OperatorError } from './operator-error.ts'

interface Context {
  clock: Clock
  random: Random
  store: Journal
  hierarchy: Sealing
  records: Records
  operator: AuditOperator
}

/** The findings, and how many rows of each table were recreated. */
export interface Accepted extends LedgerReport {
  restored: Readonly<Record<string, number>>
}

/** Fewer than a commit can hold. */
const ROWS_PER_COMMIT = 1000

/**
 * Makes a new ledger of all rows in their present state, together with the record of it: the operator, the
 * contradictions to the old ledger, and the number of rows in both. Waiting periods before deletions start again,
 * because restored rows can state anything about how long they have waited. Then recreates missing lookup rows.
 * Resolves with the findings. Does nothing if there are none.
 */
export async function acceptDatabase(context: Context): Promise<Accepted> {
  const { store, records } = context
  const report = await store.inspectLedger()
  if (report.ledger !== undefined && report.problems.length === 0) return { ...report, restored: {} }
  const accountId = await operatorAccount(context)
  const found = { problems: report.problems, ledger: report.ledger?.counts ?? null, found: report.found }
  const changes = new Changeset()
  await beginClockAgain(context, changes)
  const { committed } = await records.acceptRows(changes, [entryOf(accountId, found, context)])
  if (!committed) {
    throw new OperatorError('The rows of the database were not accepted.')
  }
  return { ...report, restored: await restoreLeadingRows(accountId, context) }
}

async function restoreLeadingRows(accountId: string, context: Context): Promise<Record<string, number>> {
  const missing = await Array.fromAsync(missingLeadingRecords(context))
  for (let first = 0; first < missing.length; first += ROWS_PER_COMMIT) {
    const changes = new Changeset()
    const some = missing.slice(first, first + ROWS_PER_COMMIT)
    for (const one of some) one.addTo(changes)
    const entry = entryOf(accountId, { restored: countByTable(some) }, context)
    await context.records.commit(changes, [entry])
  }
  return countByTable(missing)
}

function countByTable(missing: readonly LeadingRecord[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { table } of missing) counts[table] = (counts[table] ?? 0) + 1
  return counts
}

function entryOf(accountId: string, request: Record<string, unknown>, context: Context): OutboxEntry {
  const record = recordOf({ name: 'AcceptDatabase', service: 'kms', accountId, request }, context)
  return { eventId: record.eventId, record: encodeLine('record', record) }
}
