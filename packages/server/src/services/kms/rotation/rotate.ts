import type { AuditRecord } from '../../../audit/record.ts'
import type { Sealing } from '../../../vault/hierarchy/sealing.ts'
import { givenMaterialId } from '../../../crypto/given-material-id.ts'
import { withMaterials } from '../../../domain/keys/imported.ts'
import type { KeyChange, KeyRecord, MaterialRecord } from '../../../domain/keys/record.ts'
import { keySpec, secretBytes } from '../../../domain/keys/specs.ts'
import type { Random } from '../../../platform/random.ts'
import type { Changeset } from '../../../vault/records/changeset.ts'
import type { Authentic } from '../../../vault/records/authentic.ts'
import type { RecordReader } from '../../../vault/records/records.ts'
import { type Chosen, copyOf } from '../../../execution/chosen.ts'
import { addMaterial } from '../keys/material-rows.ts'
import { DAY_MS, newMaterialId } from '../keys/new-key.ts'
import type { Rotatable } from './rotatable.ts'
import { serviceRecord } from '../../../audit/service-record.ts'
import { synchronizationRecords, synchronizeRelated } from '../multi-region/synchronize.ts'

interface Context {
  records: RecordReader
  hierarchy: Sealing
  random: Random
  chosen?: Chosen
}

/** Why a key is rotated. */
type RotationType = NonNullable<MaterialRecord['rotation']>

/**
 * Gives a key, and those that are related to it, fresh material, which encrypts from now on; what older material encrypted
 * still opens.
 */
export async function rotateKey(
  stored: Authentic<KeyRecord>,
  rotation: RotationType,
  nowMs: number,
  { records, hierarchy, random, chosen }: Context,
  changes: Changeset,
): Promise<KeyRecord> {
  const { value: key } = stored
  using secret = chosen?.material ? copyOf(chosen.material) : random.secret(secretBytes(keySpec(key.spec)))
  const materialId = chosen?.material ? givenMaterialId(secret, key.keyId) : newMaterialId(random)
  const rotated = { ...key, currentMaterialId: materialId, ...afterwards(key, rotation, nowMs) }
  const record = { materialId, createdMs: nowMs, currentSinceMs: nowMs, rotation }
  changes.update(stored, rotated)
  await addMaterial(hierarchy, key, { record, secret }, changes)
  await synchronizeRelated(rotated, [{ record, secret }], { records, hierarchy }, changes)
  return rotated
}

/** Makes material of one key current that was imported for that; what other material encrypted still opens. */
export function rotateToImported({ key, materials, pending }: Rotatable, nowMs: number, changes: Changeset): KeyRecord {
  const record = { ...pending.value, currentSinceMs: nowMs, rotation: 'ON_DEMAND' as const }
  const others = materials.filter((entry) => entry !== pending).map(({ value }) => value)
  const rotated = withMaterials(
    { ...key.value, currentMaterialId: record.materialId, ...afterwards(key.value, 'ON_DEMAND', nowMs) },
    [...others, record],
    nowMs,
  )
  changes.update(key, rotated)
  changes.update(pending, record)
  return rotated
}

/** What the audit log says of a rotation, in the words of AWS's RotateKey event, and of the Regions that it reached. */
export function rotationRecords(
  rotationType: RotationType,
  { from, to }: { from: KeyRecord; to: KeyRecord },
  nowMs: number,
  random: Random,
): AuditRecord[] {
  const rotation = serviceRecord('RotateKey', to, nowMs, random, {
    rotationType,
    keyOrigin: to.origin,
    previousKeyMaterialId: from.currentMaterialId,
    currentKeyMaterialId: to.currentMaterialId,
    keyId: to.keyId,
  })
  return [rotation, ...synchronizationRecords(to, nowMs, random)]
}

/** A rotation on demand is counted, and does not move the schedule. */
function afterwards(key: KeyRecord, rotation: RotationType, nowMs: number): KeyChange {
  return rotation === 'AUTOMATIC' ? nextRotation(key, nowMs) : { onDemandRotations: (key.onDemandRotations ?? 0) + 1 }
}

/** One period after this one was due, or after now where that has passed as well. */
function nextRotation({ rotation }: KeyRecord, nowMs: number): Pick<KeyRecord, 'rotation'> {
  if (rotation === undefined) return {}
  const periodMs = rotation.periodDays * DAY_MS
  const planned = rotation.nextMs + periodMs
  return { rotation: { ...rotation, nextMs: planned > nowMs ? planned : nowMs + periodMs } }
}
