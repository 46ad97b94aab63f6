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
import { accountOfAcceptance } from './operator-account.ts'
import { OperatorError } from './operator-error.ts'
import { unreadableRows } from './unreadable-rows.ts'

interface Context {
  clock: Clock
  random: Random
  store: Journal
  hierarchy: Sealing
  records: Records
  operator: AuditOperator
}

/** The findings, and how many rows of each table were removed and made again. */
export interface Accepted extends LedgerReport {
  removed: Counts
  restored: Counts
}

type Counts = Readonly<Record<string, number>>

/** Fewer than a commit can hold. */
const ROWS_PER_COMMIT = 1000

/**
 * Makes a new ledger of all rows in their present state, together with the record of it: the operator, the
 * contradictions to the old ledger, and the number of rows in both. Waiting periods before deletions start again,
 * because restored rows can state anything about how long they have waited. Then removes what is worth less than nothing
 * ({@link unreadableRows}), and makes missing lookup rows again. Resolves with the findings. Where there are none, an earlier
 * call can have ended before its last step: what that one left is done.
 */
export async function acceptDatabase(context: Context): Promise<Accepted> {
  const report = await context.store.inspectLedger()
  const accountId = await accountOfAcceptance(context)
  if (report.ledger === undefined || report.problems.length > 0) await acceptRows(report, accountId, context)
  const removed = await removeUnreadableRows(accountId, context)
  return { ...report, removed, restored: await restoreLeadingRows(accountId, context) }
}

async function acceptRows(
  { problems, ledger, found }: LedgerReport,
  accountId: string,
  context: Context,
): Promise<void> {
  const changes = new Changeset()
  await beginClockAgain(context, changes)
  const entry = entryOf(accountId, { problems, ledger: ledger?.counts ?? null, found }, context)
  const { committed } = await context.records.acceptRows(changes, [entry])
  if (!committed) throw new OperatorError('The rows of the database were not accepted.')
}

async function removeUnreadableRows(accountId: string, context: Context): Promise<Counts> {
  const rows = await Array.fromAsync(unreadableRows(context))
  return inCommits('removed', rows, (row, changes) => changes.delete(row), { accountId, context })
}

/** Of two records that one name would lead to, as when a name was removed and taken by another, the first gets it. */
async function restoreLeadingRows(accountId: string, context: Context): Promise<Counts> {
  const missing = new Map<string, LeadingRecord>()
  for await (const one of missingLeadingRecords(context)) {
    const row = `${one.table} ${one.id}`
    if (!missing.has(row)) missing.set(row, one)
  }
  return inCommits('restored', [...missing.values()], (one, changes) => one.addTo(changes), { accountId, context })
}

/** Changes rows, so many in each commit, each with a record of what `what` happened to how many. */
async function inCommits<T extends { table: string }>(
  what: 'removed' | 'restored',
  rows: readonly T[],
  change: (row: T, changes: Changeset) => void,
  { accountId, context }: { accountId: string; context: Context },
): Promise<Counts> {
  for (let first = 0; first < rows.length; first += ROWS_PER_COMMIT) {
    const changes = new Changeset()
    const some = rows.slice(first, first + ROWS_PER_COMMIT)
    for (const row of some) change(row, changes)
    const entry = entryOf(accountId, { [what]: countByTable(some) }, context)
    const { committed } = await context.records.commit(changes, [entry])
    if (!committed) throw new OperatorError('Another process changed the database. Stop it, and run this again.')
  }
  return countByTable(rows)
}

function countByTable(missing: readonly { table: string }[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { table } of missing) counts[table] = (counts[table] ?? 0) + 1
  return counts
}

function entryOf(accountId: string, request: Record<string, unknown>, context: Context): OutboxEntry {
  const record = recordOf({ name: 'AcceptDatabase', service: 'kms', accountId, request }, context)
  return { eventId: record.eventId, record: encodeLine('record', record) }
}
