import type { Auditor } from '../audit/auditor.ts'
import { commitRecorded } from '../audit/commit-recorded.ts'
import { body } from '../directory/directory.ts'
import type { Hierarchy } from '../hierarchy/hierarchy.ts'
import { keyArn } from '../keys/arns.ts'
import type { KeyRecord } from '../keys/record.ts'
import { deleteGrantsOf, deleteKeyRows } from '../lifecycle/delete-key.ts'
import { leaveFamily } from '../lifecycle/leave-family.ts'
import { serviceRecord } from '../lifecycle/service-record.ts'
import type { Logger } from '../platform/logger.ts'
import type { Random } from '../platform/random.ts'
import { Changeset } from '../storage/changeset.ts'
import type { Row, Store } from '../storage/store.ts'
import { actOnDueRows, type Outcome } from './due-rows.ts'
import { inspectedOnce } from './sound-database.ts'
import type { TimeGuard } from './time-guard.ts'

export interface DeletionContext {
  store: Store
  hierarchy: Hierarchy
  auditor: Auditor
  random: Random
  logger: Logger
  guard: Pick<TimeGuard, 'trustedNow'>
  /** Ends a run between two rows. */
  stopping?: AbortSignal
  /** Whether the database is as Keyhold left it; inspected anew for the rows that are read together unless given. */
  isSound?: (reading: object) => Promise<boolean>
}

/**
 * Deletes the keys whose waiting period has ended, for good. Safe to run in several processes at once and to be
 * killed at any moment: each deletion is one conditional commit together with its record. Deletes nothing from a database
 * that contradicts its ledger.
 */
export async function deleteDueKeys(context: DeletionContext): Promise<void> {
  const { guard, logger } = context
  const nowMs = await guard.trustedNow()
  if (nowMs === undefined) {
    logger.warn('wall time jumped ahead by more than 10 minutes: deletions wait until the time is confirmed')
    return
  }
  const { isSound = inspectedOnce(context) } = context
  const act = (row: Row, reading: object): Promise<Outcome> => deleteKey(row, nowMs, () => isSound(reading), context)
  await actOnDueRows({ table: 'key', nowMs }, act, context)
}

async function deleteKey(
  row: Row,
  nowMs: number,
  isSound: () => Promise<boolean>,
  context: DeletionContext,
): Promise<Outcome> {
  const { store, random, logger } = context
  const key = body<KeyRecord>(row)
  if (key.state !== 'PendingDeletion' || !(await isSound())) return 'passed'
  const commit = async (changes: Changeset): Promise<boolean> =>
    (await store.commit(changes.commit(random.uuid(), []))).committed
  if (!(await deleteGrantsOf(row, context, commit))) return 'lost'
  const changes = new Changeset()
  await deleteKeyRows(store, row, changes)
  await leaveFamily(key, nowMs, context, changes)
  const record = serviceRecord('DeleteKey', key, nowMs, random)
  if (!(await commitRecorded(changes, [record], context))) return 'lost'
  logger.info('deleted a KMS key whose waiting period had ended', { key: keyArn(key) })
  return 'done'
}
