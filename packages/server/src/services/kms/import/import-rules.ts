import { type Input, type ServiceError, serviceError } from '@keyhold/protocol'
import { keyArn } from '../../../domain/keys/arns.ts'
import { isPendingRotation, MAX_VALID_DAYS } from '../../../domain/keys/imported.ts'
import type { KeyRecord, MaterialRecord } from '../../../domain/keys/record.ts'
import { keySpec } from '../../../domain/keys/specs.ts'
import type { MaterialEntry } from '../keys/material-rows.ts'
import { DAY_MS } from '../keys/new-key.ts'
import { isNoReplica } from '../rotation/rotation-rules.ts'

type ImportInput = Input<'ImportKeyMaterial'>

/** Parameters about one of several materials are valid only for keys that can have several. */
export function importTypeFault(
  key: KeyRecord,
  { ImportType, KeyMaterialDescription, KeyMaterialId }: ImportInput,
): ServiceError | undefined {
  const said = { ImportType, KeyMaterialDescription, KeyMaterialId }
  const [member] = Object.entries(said).find(([, value]) => value !== undefined) ?? []
  if (member !== undefined && !keySpec(key.spec).rotation) {
    return validation(`${member} is only valid for symmetric encryption KMS keys.`)
  }
  return ImportType === 'NEW_KEY_MATERIAL' && KeyMaterialId !== undefined
    ? validation('KeyMaterialId cannot be specified when the ImportType is NEW_KEY_MATERIAL')
    : undefined
}

/** Source: AWS KMS API Reference, ImportKeyMaterial, ExpirationModel and ValidTo. */
export function validityFault({ ExpirationModel, ValidTo }: ImportInput, nowMs: number): ServiceError | undefined {
  if (ExpirationModel === 'KEY_MATERIAL_DOES_NOT_EXPIRE') {
    return ValidTo && validation(`A validTo date must not be set if the ExpirationModel is ${ExpirationModel}`)
  }
  if (ValidTo === undefined) {
    return validation('A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES')
  }
  if (ValidTo.getTime() <= nowMs) return validation('ValidTo must be in the future')
  return ValidTo.getTime() > nowMs + MAX_VALID_DAYS * DAY_MS
    ? validation(`ValidTo must be at most ${MAX_VALID_DAYS} days in the future`)
    : undefined
}

/**
 * Returns the position of the material among those of its key: its own if it was imported before, otherwise the first
 * or the next. Throws if it can have none.
 */
export function requirePlace(
  key: KeyRecord,
  materials: readonly MaterialEntry[],
  materialId: string,
  { ImportType, KeyMaterialId }: ImportInput,
): { before?: MaterialRecord; becomesCurrent: boolean } {
  const before = materials.find(({ value }) => value.materialId === materialId)?.value
  // The key's own row says whether it ever had material. Missing rows of materials are no permission.
  const isFirst = key.currentMaterialId === undefined
  const isNew = ImportType === undefined ? isFirst : ImportType === 'NEW_KEY_MATERIAL'
  if (KeyMaterialId !== undefined && KeyMaterialId !== materialId) throw incorrectMaterial()
  if (!isNew && before === undefined) throw incorrectMaterial()
  if (isNew) refuseNext(key, materials, materialId)
  return { before, becomesCurrent: isFirst }
}

/**
 * New material is pending rotation, and only one can be. Material that was current once is not new. New material of
 * replicas is determined by their primary.
 */
function refuseNext(key: KeyRecord, materials: readonly MaterialEntry[], materialId: string): void {
  const pending = materials.find(({ value }) => isPendingRotation(value))?.value
  if (pending?.materialId === materialId) return
  if (materials.some(({ value }) => value.materialId === materialId)) throw incorrectMaterial()
  const fault = isNoReplica(key)
  if (fault) throw fault
  if (pending === undefined) return
  throw serviceError(
    'KMSInvalidStateException',
    `New key material (id: ${materialId}) cannot be imported into KMS key ${keyArn(key)}, ` +
      `because another key material (id: ${pending.materialId}) is pending rotation.`,
  )
}

function incorrectMaterial(): ServiceError {
  return serviceError('IncorrectKeyMaterialException')
}

function validation(message: string): ServiceError {
  return serviceError('ValidationException', message)
}
