import type { ImportedMaterial, KeyRecord, KeyState, MaterialRecord } from './record.ts'

/** What AWS allows between an import and the expiry of what was imported. */
export const MAX_VALID_DAYS = 365

/** States that depend on whether the material is there; the others stay what they are, whatever becomes of it. */
const USUAL_STATES: ReadonlySet<KeyState> = new Set(['Enabled', 'Disabled', 'PendingImport'])

/**
 * Whether material waits for RotateKeyOnDemand: then the key can do without it. All other material of a key belongs to it
 * for good.
 */
export function isPendingRotation({ imported, currentSinceMs }: MaterialRecord): boolean {
  return imported !== undefined && currentSinceMs === undefined
}

/**
 * Whether material that waited for a rotation expired before it: then it is not the key's any more, as if it had been deleted,
 * also where no job has done that yet. Only replicas keep it, as material that they have to import again.
 */
export function hasLapsed({ multiRegion }: KeyRecord, material: MaterialRecord, nowMs: number): boolean {
  const { imported } = material
  if (!isPendingRotation(material) || multiRegion?.type === 'REPLICA') return false
  return imported?.present === true && !isPresent(imported, nowMs)
}

/** What remains of a record when the material goes: what belongs to a key for good can be imported again. */
export function withoutMaterial(record: MaterialRecord): MaterialRecord {
  return { ...record, imported: { description: record.imported?.description, present: false } }
}

/** Whether imported material can be used: what has expired cannot, also where nothing has deleted it yet. */
export function isPresent({ present, validToMs }: ImportedMaterial, nowMs: number): boolean {
  return present && (validToMs === undefined || validToMs > nowMs)
}

/**
 * Whether a key with imported material has all that belongs to it. A key that lacks some cannot be used.
 * Source: AWS KMS Developer Guide, "Import key material": all that is permanently associated must be imported.
 */
export function isComplete(key: KeyRecord, materials: readonly MaterialRecord[], nowMs: number): boolean {
  const own = materials.filter((material) => !isPendingRotation(material))
  const hasCurrent = own.some(({ materialId }) => materialId === key.currentMaterialId)
  return hasCurrent && own.every(({ imported }) => imported && isPresent(imported, nowMs))
}

/** What a key with imported material is once these are its materials. */
export function withMaterials(key: KeyRecord, materials: readonly MaterialRecord[], nowMs: number): KeyRecord {
  const { imported: _, ...rest } = key
  const state = stateWith(key.state, isComplete(key, materials, nowMs))
  const imported = summary(materials, nowMs)
  return { ...rest, state, ...(imported && { imported }) }
}

/** The record as it counts at this moment: from the moment when its material expires a key cannot be used. */
export function asOf(key: KeyRecord, nowMs: number): KeyRecord {
  const { validToMs } = key.imported ?? {}
  if (validToMs === undefined || validToMs > nowMs) return key
  const state = stateWith(key.state, false)
  return state === key.state ? key : { ...key, state }
}

function stateWith(state: KeyState, complete: boolean): KeyState {
  if (!USUAL_STATES.has(state)) return state
  if (!complete) return 'PendingImport'
  return state === 'PendingImport' ? 'Enabled' : state
}

function summary(materials: readonly MaterialRecord[], nowMs: number): KeyRecord['imported'] {
  const present = materials.flatMap((material) =>
    !isPendingRotation(material) && material.imported && isPresent(material.imported, nowMs) ? [material.imported] : [],
  )
  if (present.length === 0) return undefined
  const expiries = present.flatMap(({ validToMs }) => validToMs ?? [])
  return expiries.length === 0 ? {} : { validToMs: Math.min(...expiries) }
}
