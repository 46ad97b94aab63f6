/** Substitutes for what an import brings. */
import type { Caller } from '../../../src/identity/accounts/caller.ts'
import { importInto, wrappedFor } from '../../support/import.ts'
import { type Cell, type KmsScene, replaced } from './cell.ts'
import { material } from './world.ts'

const DAY_MS = 86_400_000

export async function importTokenCells(scene: KmsScene): Promise<Cell[]> {
  const { world, operation } = scene
  const { othersKey, otherAccounts, otherRegions, second } = await world.foreignKeys(operation)
  const token = async (keyId: string, caller = world.admin): Promise<string> =>
    (await wrappedFor(world.service, keyId, material(), { caller })).ImportToken
  const outcome = /^InvalidImportTokenException/
  return replaced(scene, [
    ["another principal's key's", await token(othersKey.keyId, world.owner), outcome],
    ["another account's key's", await token(otherAccounts.keyId, world.partner), outcome],
    ["another Region's key's", await token(otherRegions.keyId, world.adminElsewhere), outcome],
    ["the caller's second key's", await token(second.keyId), outcome],
  ])
}

export async function wrappedMaterialCells(scene: KmsScene): Promise<Cell[]> {
  const { world, operation, base } = scene
  const { othersKey, second } = await world.foreignKeys(operation)
  const wrapped = async (keyId: string, caller = world.admin): Promise<string> =>
    (await wrappedFor(world.service, keyId, material(), { caller })).EncryptedKeyMaterial
  const outcome = /^InvalidCiphertextException/
  return replaced(scene, [
    ["for another principal's key's token", await wrapped(othersKey.keyId, world.owner), outcome],
    ["for the caller's second key's token", await wrapped(second.keyId), outcome],
    ['for an older token of the same key', await wrapped(base.keyId), outcome],
  ])
}

export async function materialIdCells(scene: KmsScene): Promise<Cell[]> {
  const { service, owner, partner, admin } = scene.world
  const idOf = async (caller: Caller): Promise<string> => {
    const { keyId } = await service.createKey({ Origin: 'EXTERNAL' }, caller)
    return importInto(service, keyId, material(), {}, caller)
  }
  const outcome = scene.operation === 'ImportKeyMaterial' ? /^IncorrectKeyMaterialException/ : /^NotFoundException/
  return replaced(scene, [
    ["of another principal's key", await idOf(owner), outcome],
    ["of another account's key", await idOf(partner), outcome],
    ["of the caller's second key", await idOf(admin), outcome],
  ])
}

/** A request whose import token has been good once. */
export async function expiredImport({ world, base }: KmsScene): Promise<Cell> {
  const request = {
    KeyId: base.keyId,
    ...(await wrappedFor(world.service, base.keyId, material(), { caller: world.admin })),
  }
  world.service.clock.advance(DAY_MS + 1)
  return { substitute: 'one that has expired', request, caller: world.admin, outcome: /^ExpiredImportTokenException/ }
}
