import type { ImportedMaterial, KeyRecord, KeyState, MaterialRecord } from './record.ts'
import { withState } from './state-changes.ts'

/** The maximum time between an import and the expiration of the imported material. */
export const MAX_VALID_DAYS = 365

/** States that depend on the presence of the material. All other states stay unchanged. */
const USUAL_STATES: ReadonlySet<KeyState> = new Set(['Enabled', 'Disabled', 'PendingImport'])

/**
 * Returns whether material waits for RotateKeyOnDemand. The key can be used without it. All other material belongs to
 * its key permanently.
 */
export function isPendingRotation({ imported, currentSinceMs }: MaterialRecord): boolean {
  return imported !== undefined && currentSinceMs === undefined
}

/**
 * Returns whether material expired before the rotation that it waited for. It then no longer belongs to the key, as if
 * it had been deleted, even if no job has deleted it yet. Only replicas keep it, as material to import again.
 */
export function hasLapsed({ multiRegion }: KeyRecord, material: MaterialRecord, nowMs: number): boolean {
  const { imported } = material
  if (!isPendingRotation(material) || multiRegion?.type === 'REPLICA') return false
  return imported?.present === true && !isPresent(imported, nowMs)
}

/** Returns the record without its material. Material that belongs to a key permanently can be imported again. */
export function withoutMaterial(record: MaterialRecord): MaterialRecord {
  return { ...record, imported: { description: record.imported?.description, present: false } }
}

/** Returns whether imported material can be used. Expired material cannot, even if no job has deleted it yet. */
export function isPresent({ present, validToMs }: ImportedMaterial, nowMs: number): boolean {
  return present && (validToMs === undefined || validToMs > nowMs)
}

/**
 * Returns whether a key with imported material has all material that belongs to it. Otherwise the key cannot be used.
 * Source: AWS KMS Developer Guide, "Import key material": all that is permanently associated must be imported.
 */
export function isComplete(key: KeyRecord, materials: readonly MaterialRecord[], nowMs: number): boolean {
  const own = materials.filter((material) => !isPendingRotation(material))
  const hasCurrent = own.some(({ materialId }) => materialId === key.currentMaterialId)
  return hasCurrent && own.every(({ imported }) => imported && isPresent(imported, nowMs))
}

/** Returns a key with imported material, with the state and expiration that follow from these materials. */
export function withMaterials(key: KeyRecord, materials: readonly MaterialRecord[], nowMs: number): KeyRecord {
  const { imported: _, ...rest } = withCompleteness(key, isComplete(key, materials, nowMs))
  const imported = summary(materials, nowMs)
  return { ...rest, ...(imported && { imported }) }
}

/** Returns the record as it is effective at this time: a key cannot be used from the expiration of its material on. */
export function asOf(key: KeyRecord, nowMs: number): KeyRecord {
  const { validToMs } = key.imported ?? {}
  if (validToMs === undefined || validToMs > nowMs) return key
  return withCompleteness(key, false)
}

/** Returns the same object if its state stays. */
function withCompleteness(key: KeyRecord, complete: boolean): KeyRecord {
  const isPending = key.state === 'PendingImport'
  if (!USUAL_STATES.has(key.state) || isPending !== complete) return key
  return withState(key, complete ? 'Enabled' : 'PendingImport')
}

function summary(materials: readonly MaterialRecord[], nowMs: number): KeyRecord['imported'] {
  const present = materials.flatMap((material) =>
    !isPendingRotation(material) && material.imported && isPresent(material.imported, nowMs) ? [material.imported] : [],
  )
  if (present.length === 0) return undefined
  const expiries = present.flatMap(({ validToMs }) => validToMs ?? [])
  return expiries.length === 0 ? {} : { validToMs: Math.min(...expiries) }
}
