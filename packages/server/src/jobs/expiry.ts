import { commitRecorded } from '../audit/commit-recorded.ts'
import { body } from '../vault/records/entry.ts'
import type { Entry } from '../vault/records/entry.ts'
import { keyArn } from '../domain/keys/arns.ts'
import type { ImportedMaterial, KeyRecord, MaterialRecord } from '../domain/keys/record.ts'
import { dropImportedMaterial } from '../services/kms/import/imported-material.ts'
import { materialsOf, restatedMaterialRow } from '../services/kms/keys/material-rows.ts'
import { serviceRecord } from '../audit/service-record.ts'
import type { WaitOver } from '../vault/records/wait-over.ts'
import { beginWait, LONGEST_WINDOW_MS } from '../vault/records/waits.ts'
import { Changeset } from '../vault/storage/changeset.ts'
import type { Row } from '../vault/storage/store.ts'
import type { DeletionContext } from './deletion.ts'
import { actOnDueRows, type Outcome } from './due-rows.ts'
import { inspectedOnce } from './sound-database.ts'
import { judgeAndInspect } from './time-guard.ts'

/** The state of one run. */
interface Run extends DeletionContext {
  nowMs: number
  isSound: (reading: object) => Promise<boolean>
}

/** Material with an expiration date. */
type Expiring = Entry<MaterialRecord> & { imported: ImportedMaterial }

/**
 * Permanently deletes expired imported material. Its owner can import it again, but until then its ciphertexts do not
 * decrypt, so this waits for the time guard like the deletion of keys. Expired material is not used before its deletion
 * either (keys/imported.ts). Safe to run in several processes at once and to be killed at any time.
 */
export async function deleteExpiredMaterial(context: DeletionContext): Promise<void> {
  const nowMs = context.clock.now()
  const run = { isSound: inspectedOnce(context), ...context, nowMs }
  const act = (row: Row, reading: object): Promise<Outcome> => actOnMaterial(row, reading, run)
  await actOnDueRows({ table: 'material', nowMs }, act, context)
}

async function actOnMaterial(row: Row, reading: object, run: Run): Promise<Outcome> {
  const value = body<MaterialRecord>(row)
  const { imported } = value
  if (imported?.validToMs === undefined || imported.validToMs > run.nowMs) return 'passed'
  const over = await judgeAndInspect(imported.expiryWait, reading, run)
  if (over === 'waits') return 'passed'
  const expired = { row, value, imported }
  return over === 'unseen' ? startOver(expired, run) : deleteMaterial(expired, over, run)
}

/** An earlier build imported the material, or the clock was lost: how long it has waited is unknown. */
async function startOver({ row, value, imported }: Expiring, run: Run): Promise<Outcome> {
  const changes = new Changeset()
  const expiryWait = await beginWait(LONGEST_WINDOW_MS, run.nowMs, run, changes)
  changes.update(await restatedMaterialRow(run.hierarchy, row, { ...value, imported: { ...imported, expiryWait } }))
  const { committed } = await run.store.commit(changes.commit(run.random.uuid(), []))
  if (committed) {
    const { materialId } = value
    run.logger.warn('how long expired material has waited is unknown: it is deleted 30 days from now', { materialId })
  }
  return committed ? 'done' : 'lost'
}

async function deleteMaterial(material: Expiring, over: WaitOver, run: Run): Promise<Outcome> {
  const { store, hierarchy, random, logger, nowMs } = run
  const { materialId } = material.value
  const keyRow = await store.get('key', material.row.owner)
  if (keyRow === undefined) return 'passed'
  const key = { row: keyRow, value: body<KeyRecord>(await hierarchy.verify(keyRow)) }
  const materials = await materialsOf(key.value, run)
  const expired = materials.find(({ value }) => value.materialId === materialId)
  if (expired?.row.version !== material.row.version) return 'lost'
  const changes = new Changeset()
  over.requireIn(changes)
  await dropImportedMaterial(key, materials, expired, { ...run, changes })
  const details = { keyId: key.value.keyId, keyMaterialId: materialId }
  const record = serviceRecord('DeleteExpiredKeyMaterial', key.value, nowMs, random, details)
  if (!(await commitRecorded(changes, [record], run))) return 'lost'
  logger.info('deleted expired imported key material', { key: keyArn(key.value), materialId })
  return 'done'
}
