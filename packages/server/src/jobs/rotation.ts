import { body } from '../directory/directory.ts'
import { IntegrityError } from '../hierarchy/hierarchy.ts'
import { keyArn } from '../keys/arns.ts'
import type { KeyRecord } from '../keys/record.ts'
import { rotateKey } from '../lifecycle/rotate.ts'
import { serviceRecord } from '../lifecycle/service-record.ts'
import { synchronizationRecords } from '../lifecycle/synchronize.ts'
import type { Clock } from '../platform/clock.ts'
import { Changeset } from '../storage/changeset.ts'
import type { Row } from '../storage/store.ts'
import type { DeletionContext } from './deletion.ts'

const KEYS_PER_RUN = 100

export type RotationContext = Omit<DeletionContext, 'guard'> & { clock: Clock }

/**
 * Rotates the keys whose time has come. Safe to run in several processes at once: each rotation is one conditional commit
 * together with its record. A clock that runs ahead only makes a rotation early, which loses nothing.
 */
export async function rotateDueKeys(context: RotationContext): Promise<void> {
  const { store, hierarchy, logger, clock } = context
  for (const row of await store.listDue('key', clock.now(), KEYS_PER_RUN)) {
    try {
      await rotateIfDue(await hierarchy.verify(row), context)
    } catch (error) {
      if (!(error instanceof IntegrityError)) throw error
      logger.error('a key that is due is not rotated: its row is not authentic', { row: row.id, error })
    }
  }
}

async function rotateIfDue(row: Row, context: RotationContext): Promise<void> {
  const { store, auditor, random, logger, clock } = context
  const key = body<KeyRecord>(row)
  const nowMs = clock.now()
  if (key.state !== 'Enabled' || key.rotation === undefined || key.rotation.nextMs > nowMs) return
  if (key.multiRegion?.type === 'REPLICA') return // it gets its material from the primary
  const changes = new Changeset()
  await rotateKey({ row, value: key }, nowMs, context, changes)
  const records = [serviceRecord('RotateKey', key, nowMs, random), ...synchronizationRecords(key, nowMs, random)]
  const entries = records.map((record) => ({ eventId: record.eventId, record: auditor.encode(record) }))
  if (!(await store.commit(changes.commit(random.uuid(), entries))).committed) return
  logger.info('rotated a KMS key', { key: keyArn(key) })
  await auditor.relay()
}
