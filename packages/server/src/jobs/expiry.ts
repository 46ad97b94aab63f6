import { commitRecorded } from '../audit/commit-recorded.ts'
import { body } from '../directory/directory.ts'
import { keyArn } from '../keys/arns.ts'
import type { KeyRecord, MaterialRecord } from '../keys/record.ts'
import { dropImportedMaterial } from '../lifecycle/imported-material.ts'
import { materialsOf } from '../lifecycle/material-rows.ts'
import { serviceRecord } from '../lifecycle/service-record.ts'
import { Changeset } from '../storage/changeset.ts'
import type { Row } from '../storage/store.ts'
import type { DeletionContext } from './deletion.ts'
import { actOnDueRows, type Outcome } from './due-rows.ts'
import { inspectedOnce } from './sound-database.ts'

/**
 * Deletes imported material that has expired, for good: its owner has it and can import it again, but until then what it
 * encrypted does not open, so that this waits for a time that is trusted like the deletion of keys. Nothing uses expired
 * material before (keys/imported.ts). Safe to run in several processes at once and to be killed at any moment.
 */
export async function deleteExpiredMaterial(context: DeletionContext): Promise<void> {
  const nowMs = await context.guard.trustedNow()
  if (nowMs === undefined) return // the job that deletes keys has said so
  const { isSound = inspectedOnce(context) } = context
  const act = (row: Row, reading: object): Promise<Outcome> =>
    deleteIfExpired(row, nowMs, () => isSound(reading), context)
  await actOnDueRows({ table: 'material', nowMs }, act, context)
}

async function deleteIfExpired(
  row: Row,
  nowMs: number,
  isSound: () => Promise<boolean>,
  context: DeletionContext,
): Promise<Outcome> {
  const { store, hierarchy, random, logger } = context
  const { materialId, imported } = body<MaterialRecord>(row)
  const keyRow = await store.get('key', row.owner)
  if (keyRow === undefined || imported?.validToMs === undefined || imported.validToMs > nowMs) return 'passed'
  if (!(await isSound())) return 'passed'
  const key = { row: keyRow, value: body<KeyRecord>(await hierarchy.verify(keyRow)) }
  const materials = await materialsOf(key.value, context)
  const expired = materials.find(({ value }) => value.materialId === materialId)
  if (expired?.row.version !== row.version) return 'lost'
  const changes = new Changeset()
  await dropImportedMaterial(key, materials, expired, { ...context, nowMs, changes })
  const details = { keyId: key.value.keyId, keyMaterialId: materialId }
  const record = serviceRecord('DeleteExpiredKeyMaterial', key.value, nowMs, random, details)
  if (!(await commitRecorded(changes, [record], context))) return 'lost'
  logger.info('deleted imported key material that had expired', { key: keyArn(key.value), materialId })
  return 'done'
}
