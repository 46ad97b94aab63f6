import type { GetKeyRotationStatusResponse, RotationsListEntry } from '@keyhold/protocol'
import { table } from '../terminal/table.ts'
import { presentProperties } from './show-metadata.ts'

/** What GetKeyRotationStatus and ListKeyRotations say of a key. */
export interface KeyRotation extends GetKeyRotationStatusResponse {
  Rotations: readonly RotationsListEntry[]
}

/** How a key is rotated and every material it has had, for a terminal. */
export function rotationDetails(rotation: KeyRotation): string {
  const { KeyId, NextRotationDate, OnDemandRotationStartDate, Rotations } = rotation
  const status = presentProperties([
    ['Key', KeyId],
    ['Rotation', schedule(rotation)],
    ['Next rotation', NextRotationDate?.toISOString()],
    ['Rotating since', OnDemandRotationStartDate?.toISOString()],
  ])
  const headings = ['material', 'state', 'since', 'rotation', 'expires']
  return Rotations.length === 0 ? status : `${status}\n${table(headings, Rotations.map(cells))}`
}

/** How often a key is rotated. */
export function schedule({ KeyRotationEnabled, RotationPeriodInDays }: GetKeyRotationStatusResponse): string {
  if (KeyRotationEnabled !== true) return 'off'
  return RotationPeriodInDays === undefined ? 'on' : `every ${RotationPeriodInDays} days`
}

/** The first material of a key came with it, by no rotation. */
function cells({ KeyMaterialId, KeyMaterialState, RotationDate, RotationType, ValidTo }: RotationsListEntry): string[] {
  return [
    KeyMaterialId ?? '-',
    KeyMaterialState ?? '-',
    RotationDate?.toISOString() ?? '-',
    RotationType ?? '-',
    ValidTo?.toISOString() ?? '-',
  ]
}
