import type { Auditor } from '../audit/auditor.ts'
import { commitRecorded } from '../audit/commit-recorded.ts'
import type { Sealing } from '../vault/hierarchy/sealing.ts'
import { keyArn } from '../domain/keys/arns.ts'
import type { KeyRecord } from '../domain/keys/record.ts'
import { pendingDeletion } from '../domain/keys/state-changes.ts'
import { deleteKeyRows, deleteSurplusGrants } from '../services/kms/keys/delete-key.ts'
import { leaveFamily } from '../services/kms/multi-region/leave-family.ts'
import { serviceRecord } from '../audit/service-record.ts'
import type { WaitOver } from '../vault/records/wait-over.ts'
import { beginWait, LONGEST_WINDOW_MS } from '../vault/records/waits.ts'
import type { Clock } from '../platform/clock.ts'
import type { Logger } from '../platform/logger.ts'
import type { Random } from '../platform/random.ts'
import { Changeset } from '../vault/records/changeset.ts'
import type { Authentic } from '../vault/records/authentic.ts'
import { keyTable } from '../vault/records/key.ts'
import type { Records } from '../vault/records/records.ts'
import type { Journal } from '../vault/storage/journal.ts'
import { actOnDueRows, type Outcome } from './due-rows.ts'
import { inspectedOnce } from './sound-database.ts'
import { judgeAndInspect, type TimeGuard } from './time-guard.ts'

/** What the jobs that delete need. */
export interface DeletionContext {
  store: Journal
  hierarchy: Sealing
  records: Records
  auditor: Auditor
  random: Random
  clock: Clock
  logger: Logger
  guard: TimeGuard
  /** Ends a run between two rows. */
  stopping?: AbortSignal
  /**
   * Whether the database agrees with its ledger. By default, inspects it for each group of rows that are read together.
   */
  isSound?: (reading: object) => Promise<boolean>
}

/** The state of one run. */
interface Run extends DeletionContext {
  nowMs: number
  isSound: (reading: object) => Promise<boolean>
}

/**
 * Permanently deletes the keys whose waiting period is over: their date has come, and the service was seen running for
 * as long as the period. Safe to run in several processes at once and to be killed at any time: each deletion is one
 * conditional commit together with its record. Grants that do not fit into that commit are deleted before, with records
 * of their own. Deletes nothing from a database that contradicts its ledger.
 */
export async function deleteDueKeys(context: DeletionContext): Promise<void> {
  const nowMs = context.clock.now()
  const run = { isSound: inspectedOnce(context), ...context, nowMs }
  await actOnDueRows({ table: keyTable, nowMs }, (key, reading) => actOnKey(key, reading, run), context)
}

async function actOnKey(key: Authentic<KeyRecord>, reading: object, run: Run): Promise<Outcome> {
  const { value } = key
  if (value.state !== 'PendingDeletion') return 'passed'
  const over = await judgeAndInspect(value.deletionWait, reading, run)
  if (over === 'waits') return 'passed'
  return over === 'unseen' ? startOver(key, value.deletionMs, run) : deleteKey(key, over, run)
}

/** An earlier build scheduled the deletion, or the clock was lost: how long it has waited is unknown. */
async function startOver(key: Authentic<KeyRecord>, deletionMs: number, run: Run): Promise<Outcome> {
  const changes = new Changeset()
  const deletionWait = await beginWait(LONGEST_WINDOW_MS, run.nowMs, run, changes)
  changes.update(key, pendingDeletion(key.value, deletionMs, deletionWait))
  const { committed } = await run.records.commit(changes)
  if (committed) {
    run.logger.warn('how long the deletion of a KMS key has waited is unknown: it waits 30 days from now', {
      key: keyArn(key.value),
      date: new Date(deletionMs).toISOString(),
    })
  }
  return committed ? 'done' : 'lost'
}

/** What deletes a key: {@link deleteKey}. */
export interface KeyDeletion extends Pick<
  DeletionContext,
  'hierarchy' | 'records' | 'auditor' | 'random' | 'clock' | 'logger'
> {
  nowMs: number
}

/** Deletes a key with all that belongs to it, and records it. */
export async function deleteKey(stored: Authentic<KeyRecord>, over: WaitOver, run: KeyDeletion): Promise<Outcome> {
  const { value: key } = stored
  const { random, logger, nowMs } = run
  if (!(await deleteSurplusGrantsOf(stored, over, run))) return 'lost'
  const changes = new Changeset()
  const record = serviceRecord('DeleteKey', key, nowMs, random)
  const destruction = { reason: 'KEY_DELETED', atMs: nowMs, eventId: record.eventId } as const
  await deleteKeyRows(run, stored, over, destruction, changes)
  await leaveFamily(key, nowMs, run, changes)
  if (!(await commitRecorded(changes, [record], run))) return 'lost'
  logger.info('deleted a KMS key after its waiting period', { key: keyArn(key) })
  return 'done'
}

/** Deletes the grants that do not fit into the commit that deletes the key. Resolves to false if another writer was faster. */
export function deleteSurplusGrantsOf(key: Authentic<KeyRecord>, over: WaitOver, run: KeyDeletion): Promise<boolean> {
  const { keyId } = key.value
  return deleteSurplusGrants(key, over, run, (changes, grants) =>
    commitRecorded(changes, [serviceRecord('DeleteGrants', key.value, run.nowMs, run.random, { keyId, grants })], run),
  )
}
