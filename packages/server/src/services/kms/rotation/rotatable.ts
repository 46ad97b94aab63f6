import type { Authentic } from '../../../vault/records/authentic.ts'
import type { RecordReader } from '../../../vault/records/records.ts'
import { isPendingRotation, isPresent } from '../../../domain/keys/imported.ts'
import type { KeyRecord } from '../../../domain/keys/record.ts'
import { type MaterialEntry, materialsOf } from '../keys/material-rows.ts'
import { relatedKeys } from '../multi-region/related-keys.ts'

/** A key that has imported material to rotate to. */
export interface Rotatable {
  key: Authentic<KeyRecord>
  materials: readonly MaterialEntry[]
  pending: MaterialEntry
}

interface Context {
  records: RecordReader
}

/** The key and all that are related to it; `undefined` where one of them lacks the material that waits for a rotation. */
export async function rotatableFamily(
  key: Authentic<KeyRecord>,
  nowMs: number,
  context: Context,
): Promise<[own: Rotatable, ...related: Rotatable[]] | undefined> {
  const keys = [key, ...(await relatedKeys(key.value, context))]
  const family = await Promise.all(keys.map((each) => rotatable(each, nowMs, context)))
  const [own, ...related] = family.filter((each) => each !== undefined)
  return own && related.length === keys.length - 1 ? [own, ...related] : undefined
}

async function rotatable(key: Authentic<KeyRecord>, nowMs: number, context: Context): Promise<Rotatable | undefined> {
  const materials = await materialsOf(key.value, context)
  const pending = materials.find(
    ({ value }) => isPendingRotation(value) && value.imported && isPresent(value.imported, nowMs),
  )
  return pending && { key, materials, pending }
}
