import type { AuditRecord } from '../audit/record.ts'
import type { Hierarchy } from '../hierarchy/hierarchy.ts'
import type { KeyRecord, MaterialRecord } from '../keys/record.ts'
import { keySpec, secretBytes } from '../keys/specs.ts'
import type { Random } from '../platform/random.ts'
import type { Changeset } from '../storage/changeset.ts'
import type { Row } from '../storage/store.ts'
import { type MaterialEntry, restatedMaterialRow } from './imported-material.ts'
import { DAY_MS, keyRow, materialRow } from './new-key.ts'
import { serviceRecord } from './service-record.ts'

/** Why a key is rotated. */
type RotationType = NonNullable<MaterialRecord['rotation']>

interface Entry {
  row: Row
  value: KeyRecord
}

/** Gives a key fresh material, which encrypts from now on; what older material encrypted still opens. */
export async function rotateKey(
  { row, value: key }: Entry,
  rotation: RotationType,
  nowMs: number,
  { hierarchy, random }: { hierarchy: Hierarchy; random: Random },
  changes: Changeset,
): Promise<KeyRecord> {
  using secret = random.secret(secretBytes(keySpec(key.spec)))
  const materialId = Buffer.from(random.bytes(32)).toString('hex')
  const rotated = { ...key, currentMaterialId: materialId, ...afterwards(key, rotation, nowMs) }
  const record = { materialId, createdMs: nowMs, currentSinceMs: nowMs, rotation }
  changes.update(await keyRow(hierarchy, rotated, row.version + 1))
  changes.insert(await materialRow(hierarchy, key, record, secret))
  return rotated
}

/** Makes material current that was imported for that; what other material encrypted still opens. */
export async function rotateToImported(
  { row, value: key }: Entry,
  pending: MaterialEntry,
  nowMs: number,
  hierarchy: Hierarchy,
  changes: Changeset,
): Promise<KeyRecord> {
  const record = { ...pending.value, currentSinceMs: nowMs, rotation: 'ON_DEMAND' as const }
  const { materialId } = record
  const rotated = { ...key, currentMaterialId: materialId, ...afterwards(key, 'ON_DEMAND', nowMs) }
  changes.update(await keyRow(hierarchy, rotated, row.version + 1))
  changes.update(await restatedMaterialRow(hierarchy, pending.row, record))
  return rotated
}

/** What the audit log says of a rotation, in the words of AWS's RotateKey event. */
export function rotationRecord(
  rotationType: RotationType,
  { from, to }: { from: KeyRecord; to: KeyRecord },
  nowMs: number,
  random: Random,
): AuditRecord {
  return serviceRecord('RotateKey', to, nowMs, random, {
    rotationType,
    keyOrigin: to.origin,
    previousKeyMaterialId: from.currentMaterialId,
    currentKeyMaterialId: to.currentMaterialId,
    keyId: to.keyId,
  })
}

/** A rotation on demand is counted, and does not move the schedule. */
function afterwards(key: KeyRecord, rotation: RotationType, nowMs: number): Partial<KeyRecord> {
  return rotation === 'AUTOMATIC' ? nextRotation(key, nowMs) : { onDemandRotations: (key.onDemandRotations ?? 0) + 1 }
}

/** One period after this one was due, or after now where that has passed as well. */
function nextRotation({ rotation }: KeyRecord, nowMs: number): Pick<KeyRecord, 'rotation'> {
  if (rotation === undefined) return {}
  const periodMs = rotation.periodDays * DAY_MS
  const planned = rotation.nextMs + periodMs
  return { rotation: { ...rotation, nextMs: planned > nowMs ? planned : nowMs + periodMs } }
}
