import type { Auditor } from '../audit/auditor.ts'
import { body } from '../directory/directory.ts'
import { type Hierarchy, IntegrityError } from '../hierarchy/hierarchy.ts'
import { keyArn } from '../keys/arns.ts'
import type { KeyRecord } from '../keys/record.ts'
import { deleteGrantsOf, deleteKeyRows } from '../lifecycle/delete-key.ts'
import { leaveFamily } from '../lifecycle/leave-family.ts'
import { serviceRecord } from '../lifecycle/service-record.ts'
import type { Logger } from '../platform/logger.ts'
import type { Random } from '../platform/random.ts'
import { Changeset } from '../storage/changeset.ts'
import type { Row, Store } from '../storage/store.ts'
import type { TimeGuard } from './time-guard.ts'

const KEYS_PER_RUN = 100

export interface DeletionContext {
  store: Store
  hierarchy: Hierarchy
  auditor: Auditor
  random: Random
  logger: Logger
  guard: TimeGuard
}

/**
 * Deletes the keys whose waiting period has ended, for good. Safe to run in several processes at once and to be
 * killed at any moment: each deletion is one conditional commit together with its record.
 */
export async function deleteDueKeys(context: DeletionContext): Promise<void> {
  const { store, guard, hierarchy, logger } = context
  const nowMs = await guard.trustedNow()
  if (nowMs === undefined) {
    logger.warn('wall time jumped ahead by more than 10 minutes: deletions wait until the time is confirmed')
    return
  }
  for (const row of await store.listDue('key', nowMs, KEYS_PER_RUN)) {
    try {
      await deleteKey(await hierarchy.verify(row), nowMs, context)
    } catch (error) {
      // A row that somebody edited is not acted on, and must not keep the others from being deleted.
      if (!(error instanceof IntegrityError)) throw error
      logger.error('a key that is due is not deleted: its row is not authentic', { row: row.id, error })
    }
  }
}

async function deleteKey(row: Row, nowMs: number, context: DeletionContext): Promise<void> {
  const { store, auditor, random, logger } = context
  const key = body<KeyRecord>(row)
  if (key.state !== 'PendingDeletion') return
  const commit = async (changes: Changeset): Promise<boolean> =>
    (await store.commit(changes.commit(random.uuid(), []))).committed
  if (!(await deleteGrantsOf(store, row, commit))) return
  const changes = new Changeset()
  await deleteKeyRows(store, row, changes)
  await leaveFamily(key, nowMs, context, changes)
  const record = serviceRecord('DeleteKey', key, nowMs, random)
  const entry = { eventId: record.eventId, record: auditor.encode(record) }
  const result = await store.commit(changes.commit(random.uuid(), [entry]))
  if (!result.committed) return
  logger.info('deleted a KMS key whose waiting period had ended', { key: keyArn(key) })
  await auditor.relay()
}
