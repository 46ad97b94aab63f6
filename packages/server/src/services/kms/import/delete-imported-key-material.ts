import { serviceError } from '@keyhold/protocol'
import { keyArn } from '../../../domain/keys/arns.ts'
import { STATE_RULES } from '../../../domain/keys/states.ts'
import { hasLapsed, isPendingRotation } from '../../../domain/keys/imported.ts'
import { dropImportedMaterial } from './imported-material.ts'
import { type MaterialEntry, materialsOf } from '../keys/material-rows.ts'
import { type Call, operation } from '../../../execution/define.ts'
import { managedKey } from '../targets.ts'

type DeleteCall = Call<'DeleteImportedKeyMaterial', 'key'>

export const deleteImportedKeyMaterial = operation<'DeleteImportedKeyMaterial', 'key'>({
  name: 'DeleteImportedKeyMaterial',
  summary: 'Deletes imported key material. The KMS key cannot be used until the same key material is imported again.',
  readOnly: false,
  afterRollback: 'again',
  keys: {
    key: { ...managedKey<'DeleteImportedKeyMaterial'>(STATE_RULES.deleteMaterial), origin: 'EXTERNAL' },
  },
  crossAccount: 'no',
  grantable: false,
  quorum: { protection: 'DESTRUCTION' },
  rate: 15,
  audit: { request: ['KeyId', 'KeyMaterialId'], response: ['KeyId', 'KeyMaterialId'] },

  async run(call) {
    const { keys, services, changes, nowMs } = call
    const materials = await materialsOf(keys.key.value, services)
    const known = materials.filter(({ value }) => !hasLapsed(keys.key.value, value, nowMs))
    const material = wantedMaterial(call, known)
    if (material && (material.value.imported?.present || isPendingRotation(material.value))) {
      const destruction = { reason: 'REQUESTED', atMs: nowMs, eventId: call.origin.eventId } as const
      await dropImportedMaterial(keys.key, materials, material, { ...services, changes, destruction })
    }
    return { KeyId: keyArn(keys.key.value), KeyMaterialId: material?.value.materialId }
  },
})

/** The current material, unless the caller names another. `undefined` if none was imported yet. */
function wantedMaterial({ input, keys }: DeleteCall, materials: readonly MaterialEntry[]): MaterialEntry | undefined {
  const { currentMaterialId } = keys.key.value
  const { KeyMaterialId = currentMaterialId } = input
  const found = materials.find(({ value }) => value.materialId === KeyMaterialId)
  if (found === undefined && input.KeyMaterialId !== undefined) {
    const message = `Key material '${input.KeyMaterialId}' of key '${keyArn(keys.key.value)}' does not exist`
    throw serviceError('NotFoundException', message)
  }
  return found
}
