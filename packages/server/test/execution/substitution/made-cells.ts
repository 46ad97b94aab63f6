/** Substitutes for what a key made: ciphertexts, signatures and the like. */
import assert from 'node:assert/strict'
import type { Base, Cell, KmsScene, Outcome } from './cell.ts'
import { replaced } from './cell.ts'
import type { ForeignKey } from './world.ts'

const DENIED = /^AccessDeniedException/

export async function ciphertextCells(scene: KmsScene): Promise<Cell[]> {
  const { world, operation, base } = scene
  const keys = await world.foreignKeys(operation)
  const named = operation === 'ReEncrypt' ? 'SourceKeyId' : 'KeyId'
  const from = (key: ForeignKey): string => key.made['CiphertextBlob'] ?? ''
  const { [named]: _, ...unnamed } = base.input
  const of = (substitute: string, key: ForeignKey, outcome: Outcome, input: object = unnamed): Cell => ({
    substitute,
    request: { ...input, CiphertextBlob: from(key) },
    caller: world.admin,
    outcome,
  })
  const incorrect = /^IncorrectKeyException/
  const relabelled = (key: ForeignKey): ForeignKey => ({
    ...key,
    made: { CiphertextBlob: underKey(from(key), base) },
  })
  return [
    of("another principal's", keys.othersKey, DENIED),
    of("another account's", keys.otherAccounts, DENIED),
    of("another Region's", keys.otherRegions, DENIED),
    of("a deleted key's", keys.deleted, DENIED),
    of("another principal's, with the caller's own key", keys.othersKey, incorrect, base.input),
    of("another account's, with the caller's own key", keys.otherAccounts, incorrect, base.input),
    of("the caller's other key's, with this key", keys.second, incorrect, base.input),
    of(
      "another principal's, with the caller's key id in it",
      relabelled(keys.othersKey),
      /^InvalidCiphertextException/,
    ),
    of("a deleted key's, with the caller's key id in it", relabelled(keys.deleted), /^InvalidCiphertextException/),
  ]
}

/** The blob with the key id of `base` in place of its own, wherever that is. */
function underKey(blob: string, base: Base): string {
  const own = Buffer.from(String(base.input['CiphertextBlob']), 'base64')
  const id = Buffer.from(base.keyId.replaceAll('-', ''), 'hex')
  const place = own.indexOf(id)
  assert.ok(place > 0, 'a ciphertext names its key')
  const bytes = Buffer.from(blob, 'base64')
  id.copy(bytes, place)
  return bytes.toString('base64')
}

export async function encapsulationCells(scene: KmsScene): Promise<Cell[]> {
  const { othersKey, second } = await scene.world.foreignKeys(scene.operation)
  const reason = {
    reason:
      'A ciphertext of ML-KEM names no key and cannot be told from another: what comes out is another secret ' +
      '(FIPS 203, implicit rejection; AWS KMS API Reference, Decapsulate).',
    holds: ({ SharedSecret }: Record<string, unknown>) => assert.notEqual(SharedSecret, othersKey.made['SharedSecret']),
  }
  return replaced(scene, [
    ["another principal's", othersKey.made['SharedSecretCiphertextBlob'], reason],
    ["the caller's other key's", second.made['SharedSecretCiphertextBlob'], reason],
  ])
}

export async function madeCells(scene: KmsScene, made: string, outcome: RegExp): Promise<Cell[]> {
  const { othersKey, otherAccounts, otherRegions, deleted, second } = await scene.world.foreignKeys(scene.operation)
  return replaced(scene, [
    ["another principal's", othersKey.made[made], outcome],
    ["another account's", otherAccounts.made[made], outcome],
    ["another Region's", otherRegions.made[made], outcome],
    ["a deleted key's", deleted.made[made], outcome],
    ["the caller's other key's", second.made[made], outcome],
  ])
}

export async function peerKeyCells(scene: KmsScene): Promise<Cell[]> {
  const { othersKey } = await scene.world.foreignKeys(scene.operation)
  const reason =
    'The caller chooses the peer; its public key is no secret and no permission (AWS KMS API Reference, ' +
    'DeriveSharedSecret, PublicKey).'
  return replaced(scene, [["another principal's", othersKey.made['PublicKey'], { reason }]])
}
