import type { Secret } from '@keyhold/protocol'
import type { KeyName } from '../../domain/keys/record.ts'
import type { SealedAs, SealedBytes, Sealing } from './sealing.ts'

/**
 * Wraps a KMS key's material for its row. It is bound to Region (the domain), key and material id: it does not open in
 * another row.
 */
export function sealMaterial(
  hierarchy: Sealing,
  { region, keyId, materialId }: KeyName & { materialId: string },
  secret: Secret,
): Promise<SealedBytes> {
  return hierarchy.seal(region, 'material', [keyId, materialId], secret)
}

/** Reverses {@link sealMaterial}, with the place taken from the id of the row. */
export function unsealMaterial(hierarchy: Sealing, rowId: string, sealed: SealedBytes): Promise<Secret> {
  const [region = ''] = rowId.split('/')
  const { purpose, context } = materialSealedAs(rowId)
  return hierarchy.unseal(region, purpose, context, sealed)
}

/** What the sealed bytes of the row with this id are. */
export function materialSealedAs(rowId: string): SealedAs {
  const [, ...context] = rowId.split('/')
  return { purpose: 'material', context }
}
