import { ACCEPT_ROLLBACK } from '../../../audit/accepted-losses.ts'
import type { Rollback } from '../../../audit/find-rollback.ts'
import { encodeLine } from '../../../audit/lines.ts'
import type { AuditOperator, AuditRecord } from '../../../audit/record.ts'
import type { ChangeRange } from '../../../audit/report.ts'
import { type ChangesWanted, vouchedChanges } from '../../../audit/vouched-changes.ts'
import type { Clock } from '../../../platform/clock.ts'
import type { Random } from '../../../platform/random.ts'
import { Changeset } from '../../../vault/records/changeset.ts'
import type { Records } from '../../../vault/records/records.ts'
import { quorumRequestTable } from '../../../vault/records/quorum-request.ts'
import { beginClockAgain } from '../../../vault/records/waits.ts'
import { everyRow } from '../../../vault/storage/page.ts'
import type { Serving } from '../../../execution/operations.ts'
import { commitDeed, type OperatorContext, recordOf } from '../deed.ts'
import { operatorAccount } from '../operator-account.ts'
import { OperatorError } from '../operator-error.ts'
import { makeAgain } from './make-again.ts'
import { MarkedAuditor } from './marked-auditor.ts'
import { pendingRollback, putPendingRollback } from './pending-rollback.ts'

/** A change of the audit log that the database does not have. */
export interface ChangeNotMade {
  sequence: number
  operation: string
  /** What it was about, such as the ARN of a key. */
  subject: string
  /** What its absence means, or why it was not made. */
  why: string
}

/** What an acceptance did. Lists have at most {@link MAX_LISTED} entries, beside their number. */
export interface AcceptedRollback {
  first: number
  last: number
  /** How many changes were made again, and how many concern nothing that is in the database. */
  made: number
  void: number
  /** What cannot be made again; nothing more is allowed without it. */
  lost: readonly ChangeNotMade[]
  lostCount: number
  /** What should have been made again and was not: more may be allowed without it. */
  failed: readonly ChangeNotMade[]
  failedCount: number
  /** Changes without any record: what they were is unknown. */
  missing: readonly ChangeRange[]
  missingCount: number
}

const MAX_LISTED = 1000
/** How many of each list are in the audit record. */
const MAX_RECORDED = 20

interface Beginning {
  clock: Clock
  random: Random
  records: Records
  operator: AuditOperator
}

/**
 * Accepts that the database is an older one: it counts on from where it was once, so that no number is given twice, and notes
 * which changes it lacks. Waiting periods begin again, as one that was ended since would go on. Nothing else may open the
 * database for writing until {@link completeRollback} is through.
 */
export async function beginRollback({ found, least, reasons }: Rollback, context: Beginning): Promise<void> {
  const changes = new Changeset()
  const lacking = { first: found.sequence + 1, last: least.sequence }
  await putPendingRollback(lacking, context.records, changes)
  await beginClockAgain(context, changes)
  await forgetApprovals(context.records, changes)
  const accountId = await operatorAccount(context)
  const request = { database: found, once: least, reasons: reasons.slice(0, MAX_RECORDED) }
  const record = recordOf({ name: ACCEPT_ROLLBACK, service: 'kms', accountId, request }, context)
  const entry = { eventId: record.eventId, record: encodeLine('record', record) }
  const { committed } = await context.records.advance(changes, [entry], least)
  if (!committed) throw new OperatorError('Another process changed the database. Stop it, and run this again.')
}

/** What was denied, withdrawn or used up since is not that in an older database: every call is approved again from the start. */
async function forgetApprovals(records: Records, changes: Changeset): Promise<void> {
  for await (const request of everyRow((page) => records.list(quorumRequestTable, page))) changes.delete(request)
}

/** What {@link completeRollback} needs. */
export interface Completing {
  context: OperatorContext
  /** Without enforcement. */
  services: Serving
  log: Pick<ChangesWanted, 'folders' | 'publicKey' | 'crypto'>
}

/**
 * Makes again what was changed since, in the order in which it was, as far as the audit log has it and each kind of change
 * declares it. After an interruption all of it is made again from the first: each change sets something, or finds it done.
 * Resolves with `undefined` where no rollback was accepted.
 */
export async function completeRollback({ context, services, log }: Completing): Promise<AcceptedRollback | undefined> {
  const pending = await pendingRollback(context.records)
  if (pending === undefined) return undefined
  const { first, last } = pending
  const auditor = new MarkedAuditor(context.auditor, context.operator)
  const making = { context: { ...context, auditor }, services: { ...services, auditor } }
  const result = new Result()
  for await (const change of vouchedChanges({ ...log, first, last })) {
    if (typeof change === 'number') {
      result.missing(change)
      continue
    }
    auditor.repeats = change
    result.add(change, await makeAgain(change, result.isWhole, making))
  }
  const accepted = result.of(pending)
  await recordCompletion(accepted, context)
  return accepted
}

async function recordCompletion(accepted: AcceptedRollback, context: OperatorContext): Promise<void> {
  const pending = await pendingRollback(context.records)
  const changes = new Changeset()
  if (pending) changes.delete(pending.row)
  const { first, last, made, lostCount, failedCount } = accepted
  const request = {
    first,
    last,
    made,
    void: accepted.void,
    lost: lostCount,
    failed: failedCount,
    notMade: [...accepted.failed, ...accepted.lost].slice(0, MAX_RECORDED),
    changes: accepted.missing.slice(0, MAX_RECORDED),
  }
  const accountId = await operatorAccount(context)
  await commitDeed({ name: ACCEPT_ROLLBACK, service: 'kms', accountId, request }, changes, context)
}

class Result {
  #made = 0
  #void = 0
  readonly #lost = new Listed<ChangeNotMade>()
  readonly #failed = new Listed<ChangeNotMade>()
  readonly #missing: { first: number; last: number }[] = []
  #missingCount = 0

  /** Whether every change so far has a record. */
  get isWhole(): boolean {
    return this.#missingCount === 0
  }

  missing(sequence: number): void {
    this.#missingCount++
    const range = this.#missing.at(-1)
    if (range?.last === sequence - 1) range.last = sequence
    else if (this.#missing.length < MAX_LISTED) this.#missing.push({ first: sequence, last: sequence })
  }

  add(record: AuditRecord, outcome: Awaited<ReturnType<typeof makeAgain>>): void {
    if (outcome === 'made') this.#made++
    else if (outcome === 'void') this.#void++
    else if ('lost' in outcome) this.#lost.add(notMade(record, outcome.lost))
    else this.#failed.add(notMade(record, outcome.failed))
  }

  of({ first, last }: { first: number; last: number }): AcceptedRollback {
    const { entries: lost, count: lostCount } = this.#lost
    const { entries: failed, count: failedCount } = this.#failed
    const counts = { made: this.#made, void: this.#void, lostCount, failedCount, missingCount: this.#missingCount }
    return { first, last, ...counts, lost, failed, missing: this.#missing }
  }
}

class Listed<T> {
  readonly entries: T[] = []
  count = 0

  add(entry: T): void {
    this.count++
    if (this.entries.length < MAX_LISTED) this.entries.push(entry)
  }
}

function notMade({ sequence = 0, operation, resources, request = {} }: AuditRecord, why: string): ChangeNotMade {
  const named = Object.values(request).find((value) => typeof value === 'string' && value.length <= 256)
  return { sequence, operation, subject: resources.at(-1)?.arn ?? (named as string | undefined) ?? '', why }
}
