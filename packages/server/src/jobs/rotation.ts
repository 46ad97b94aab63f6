import { commitRecorded } from '../audit/commit-recorded.ts'
import { keyArn } from '../domain/keys/arns.ts'
import type { KeyRecord } from '../domain/keys/record.ts'
import { rotateKey, rotationRecords } from '../services/kms/rotation/rotate.ts'
import { Changeset } from '../vault/records/changeset.ts'
import type { Authentic } from '../vault/records/authentic.ts'
import { keyTable } from '../vault/records/key.ts'
import type { DeletionContext } from './deletion.ts'
import { actOnDueRows, type Outcome } from './due-rows.ts'
import type { TimeGuard } from './time-guard.ts'

/** What the rotation of keys needs. */
export type RotationContext = Omit<DeletionContext, 'guard'> & { guard?: Pick<TimeGuard, 'leadMs'> }

/**
 * Rotates the keys that are due. Safe to run in several processes at once: each rotation is one conditional commit
 * together with its record. Wall time counts as far as something confirms it: a jump of the clock that no deletion follows
 * rotates nothing.
 */
export async function rotateDueKeys(context: RotationContext): Promise<void> {
  const nowMs = context.clock.now() - ((await context.guard?.leadMs()) ?? 0)
  await actOnDueRows({ table: keyTable, nowMs }, (key) => rotateIfDue(key, nowMs, context), context)
}

/** A disabled key is rotated when it is enabled again. */
async function rotateIfDue(stored: Authentic<KeyRecord>, nowMs: number, context: RotationContext): Promise<Outcome> {
  const { random, logger } = context
  const { value: key } = stored
  if (key.state !== 'Enabled' || key.rotation === undefined || key.rotation.nextMs > nowMs) return 'passed'
  if (key.multiRegion?.type === 'REPLICA') return 'passed' // it gets its material from the primary
  const changes = new Changeset()
  const rotated = await rotateKey(stored, 'AUTOMATIC', nowMs, context, changes)
  const records = rotationRecords('AUTOMATIC', { from: key, to: rotated }, nowMs, random)
  if (!(await commitRecorded(changes, records, context))) return 'lost'
  logger.info('rotated a KMS key', { key: keyArn(key) })
  return 'done'
}
