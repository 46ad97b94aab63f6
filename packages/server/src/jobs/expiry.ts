import { commitRecorded } from '../audit/commit-recorded.ts'
import { keyArn } from '../domain/keys/arns.ts'
import type { ImportedMaterial } from '../domain/keys/record.ts'
import { dropImportedMaterial } from '../services/kms/import/imported-material.ts'
import { type MaterialEntry, materialsOf } from '../services/kms/keys/material-rows.ts'
import { serviceRecord } from '../audit/service-record.ts'
import type { WaitOver } from '../vault/records/wait-over.ts'
import { beginWait, LONGEST_WINDOW_MS } from '../vault/records/waits.ts'
import { Changeset } from '../vault/records/changeset.ts'
import { keyTable } from '../vault/records/key.ts'
import { materialTable } from '../vault/records/material.ts'
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
interface Expiring {
  material: MaterialEntry
  imported: ImportedMaterial
}

/**
 * Permanently deletes expired imported material. Its owner can import it again, but until then its ciphertexts do not
 * decrypt, so this waits for the time guard like the deletion of keys. Expired material is not used before its deletion
 * either (keys/imported.ts). Safe to run in several processes at once and to be killed at any time.
 */
export async function deleteExpiredMaterial(context: DeletionContext): Promise<void> {
  const nowMs = context.clock.now()
  const run = { isSound: inspectedOnce(context), ...context, nowMs }
  await actOnDueRows({ table: materialTable, nowMs }, (one, reading) => actOnMaterial(one, reading, run), context)
}

async function actOnMaterial(material: MaterialEntry, reading: object, run: Run): Promise<Outcome> {
  const { imported } = material.value
  if (imported?.validToMs === undefined || imported.validToMs > run.nowMs) return 'passed'
  const over = await judgeAndInspect(imported.expiryWait, reading, run)
  if (over === 'waits') return 'passed'
  return over === 'unseen' ? startOver({ material, imported }, run) : deleteMaterial(material, over, run)
}

/** An earlier build imported the material, or the clock was lost: how long it has waited is unknown. */
async function startOver({ material, imported }: Expiring, run: Run): Promise<Outcome> {
  const changes = new Changeset()
  const expiryWait = await beginWait(LONGEST_WINDOW_MS, run.nowMs, run, changes)
  changes.update(material, { ...material.value, imported: { ...imported, expiryWait } })
  const { committed } = await run.records.commit(changes)
  if (committed) {
    const { materialId } = material.value
    run.logger.warn('how long expired material has waited is unknown: it is deleted 30 days from now', { materialId })
  }
  return committed ? 'done' : 'lost'
}

async function deleteMaterial(material: MaterialEntry, over: WaitOver, run: Run): Promise<Outcome> {
  const { records, random, logger, nowMs } = run
  const { materialId } = material.value
  const key = await records.get(keyTable, material.value)
  if (key === undefined) return 'passed'
  const materials = await materialsOf(key.value, run)
  const expired = materials.find(({ value }) => value.materialId === materialId)
  if (expired?.version !== material.version) return 'lost'
  const changes = new Changeset()
  over.requireIn(changes)
  const details = { keyId: key.value.keyId, keyMaterialId: materialId }
  const record = serviceRecord('DeleteExpiredKeyMaterial', key.value, nowMs, random, details)
  const destruction = { reason: 'EXPIRED', atMs: nowMs, eventId: record.eventId } as const
  await dropImportedMaterial(key, materials, expired, { ...run, changes, destruction })
  if (!(await commitRecorded(changes, [record], run))) return 'lost'
  logger.info('deleted expired imported key material', { key: keyArn(key.value), materialId })
  return 'done'
}
