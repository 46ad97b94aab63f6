import type { Hierarchy } from '../hierarchy/hierarchy.ts'
import type { KeyRecord } from '../keys/record.ts'
import { keySpec, secretBytes } from '../keys/specs.ts'
import type { Random } from '../platform/random.ts'
import type { Changeset } from '../storage/changeset.ts'
import type { Row, Store } from '../storage/store.ts'
import { DAY_MS, keyRow, materialRow } from './new-key.ts'
import { synchronizeRelated } from './synchronize.ts'

/**
 * Gives a key, and those related to it, fresh material, which encrypts from now on; what older material encrypted still opens. The next rotation is
 * one period after this one was due, or after now where that has passed as well.
 */
export async function rotateKey(
  { row, value: key }: { row: Row; value: KeyRecord },
  nowMs: number,
  { store, hierarchy, random }: { store: Store; hierarchy: Hierarchy; random: Random },
  changes: Changeset,
): Promise<KeyRecord> {
  const spec = keySpec(key.spec)
  if (spec === undefined) throw new TypeError(`a key of spec ${key.spec} cannot be rotated`)
  using secret = random.secret(secretBytes(spec))
  const materialId = Buffer.from(random.bytes(32)).toString('hex')
  const rotated = { ...key, currentMaterialId: materialId, ...nextRotation(key, nowMs) }
  changes.update(await keyRow(hierarchy, rotated, row.version + 1))
  const record = { materialId, createdMs: nowMs }
  changes.insert(await materialRow(hierarchy, key, record, secret))
  await synchronizeRelated(rotated, [{ record, secret }], { store, hierarchy }, changes)
  return rotated
}

function nextRotation({ rotation }: KeyRecord, nowMs: number): Pick<KeyRecord, 'rotation'> {
  if (rotation === undefined) return {}
  const periodMs = rotation.periodDays * DAY_MS
  const planned = rotation.nextMs + periodMs
  return { rotation: { ...rotation, nextMs: planned > nowMs ? planned : nowMs + periodMs } }
}
