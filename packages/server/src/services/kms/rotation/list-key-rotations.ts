import type { Output } from '@keyhold/protocol'
import type { KeyEntry } from '../../../identity/directory/directory.ts'
import { hasLapsed, isPendingRotation, isPresent } from '../../../domain/keys/imported.ts'
import { expiration } from '../../../domain/keys/metadata.ts'
import type { ImportedMaterial, KeyRecord, MaterialRecord } from '../../../domain/keys/record.ts'
import { STATE_RULES } from '../../../domain/keys/states.ts'
import { materialsOf } from '../keys/material-rows.ts'
import { rotatableFamily } from './rotatable.ts'
import { operation } from '../../../execution/define.ts'
import { openMarker, sealMarker } from '../../../execution/markers.ts'
import type { Services } from '../../../execution/services.ts'
import { kmsList, page } from '../pages.ts'
import { rotates } from './rotation-rules.ts'
import { managedKey } from '../targets.ts'

type Rotation = NonNullable<Output<'ListKeyRotations'>['Rotations']>[number]

/** Source: AWS KMS API Reference, ListKeyRotations: 1 to 1000, 100 by default; only rotations by default. */
const USUAL = { limit: 100, included: 'ROTATIONS_ONLY' } as const

export const listKeyRotations = operation<'ListKeyRotations', 'key'>({
  name: 'ListKeyRotations',
  summary: 'Lists the completed rotations of a KMS key, or all of its key materials.',
  readOnly: true,
  keys: { key: managedKey(STATE_RULES.any) },
  crossAccount: 'no',
  grantable: false,
  rate: 100,
  audit: { request: ['KeyId', 'IncludeKeyMaterial', 'Limit', 'Marker'], response: [] },

  async run(call) {
    const { input, keys, services, nowMs } = call
    const fault = rotates(keys.key.value)
    if (fault) throw fault
    const { Limit = USUAL.limit, IncludeKeyMaterial: included = USUAL.included, Marker } = input
    const list = kmsList('ListKeyRotations', keys.key.id, included)
    const after = await openMarker(call, list, Marker)
    const materials = (await materialsOf(keys.key.value, services)).map(({ value }) => value)
    const known = materials.filter((material) => !hasLapsed(keys.key.value, material, nowMs))
    const wanted = inOrder(keys.key.value, known).filter(({ rotation }) => included === 'ALL_KEY_MATERIAL' || rotation)
    const start = after === undefined ? 0 : wanted.findIndex(({ materialId }) => materialId === after) + 1
    const found = page(wanted.slice(start), Limit)
    const waits = await stateOfPending(keys.key, nowMs, services)
    return {
      Rotations: found.items.map((material) => listEntry(keys.key.value, material, { nowMs, waits })),
      Truncated: found.last !== undefined,
      NextMarker: found.last && (await sealMarker(call, list, found.last.materialId)),
    }
  },
})

/**
 * In the order in which they became current; material that is pending comes last. At equal times, the first material
 * comes first and the current one last.
 */
function inOrder({ currentMaterialId }: KeyRecord, materials: readonly MaterialRecord[]): MaterialRecord[] {
  const rank = ({ rotation, materialId }: MaterialRecord): number =>
    (rotation === undefined ? 0 : 1) + (materialId === currentMaterialId ? 1 : 0)
  return materials.toSorted((one, other) => sinceMs(one) - sinceMs(other) || rank(one) - rank(other))
}

/** At most one material is pending. */
function sinceMs(material: MaterialRecord): number {
  return isPendingRotation(material) ? Infinity : (material.currentSinceMs ?? material.createdMs)
}

/** Source: AWS KMS API Reference, RotationsListEntry. */
function listEntry(
  key: KeyRecord,
  material: MaterialRecord,
  { nowMs, waits }: { nowMs: number; waits: Rotation['KeyMaterialState'] },
): Rotation {
  const { materialId, rotation, currentSinceMs, imported } = material
  return {
    KeyId: key.keyId,
    KeyMaterialId: materialId,
    KeyMaterialState: isPendingRotation(material) ? waits : stateOf(key, material),
    ...(rotation && { RotationType: rotation, RotationDate: new Date(currentSinceMs ?? material.createdMs) }),
    ...(imported && importedMembers(imported, nowMs)),
  }
}

function stateOf({ currentMaterialId }: KeyRecord, { materialId }: MaterialRecord): Rotation['KeyMaterialState'] {
  return materialId === currentMaterialId ? 'CURRENT' : 'NON_CURRENT'
}

/** The state of pending material. For related keys, it can also wait for its import into the other Regions. */
async function stateOfPending(key: KeyEntry, nowMs: number, services: Services): Promise<Rotation['KeyMaterialState']> {
  if (key.value.multiRegion === undefined) return 'PENDING_ROTATION'
  const isEverywhere = (await rotatableFamily(key, nowMs, services)) !== undefined
  return isEverywhere ? 'PENDING_ROTATION' : 'PENDING_MULTI_REGION_IMPORT_AND_ROTATION'
}

function importedMembers(imported: ImportedMaterial, nowMs: number): Partial<Rotation> {
  const { description: KeyMaterialDescription } = imported
  if (!isPresent(imported, nowMs)) return { KeyMaterialDescription, ImportState: 'PENDING_IMPORT' }
  return { KeyMaterialDescription, ImportState: 'IMPORTED', ...expiration(imported) }
}
