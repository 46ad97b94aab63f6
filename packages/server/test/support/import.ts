import { createPublicKey } from 'node:crypto'
import type { WrappingKeySpec } from '@keyhold/protocol'
import type { WrappingAlgorithm } from '../../src/domain/keys/specs.ts'
import type { Caller } from '../../src/identity/accounts/caller.ts'
import { wrap } from '../crypto/support/wrapping.ts'
import { base64, type TestService } from './service.ts'

export interface Wrapping {
  algorithm?: WrappingAlgorithm
  wrappingKey?: WrappingKeySpec
  /** In whose Region the key is; the tests' own unless given. */
  caller?: Caller | undefined
}

interface Parameters {
  ImportToken: string
  PublicKey: string
}

/** What an importer sends with the received token: the members that are the same for every import. */
export async function wrappedFor(
  service: TestService,
  keyId: string,
  material: Uint8Array,
  { algorithm = 'RSAES_OAEP_SHA_256', wrappingKey = 'RSA_2048', caller }: Wrapping = {},
): Promise<{ ImportToken: string; EncryptedKeyMaterial: string; ExpirationModel: string }> {
  const input = { KeyId: keyId, WrappingAlgorithm: algorithm, WrappingKeySpec: wrappingKey }
  const { ImportToken, PublicKey } = await service.ok<Parameters & Record<string, string>>(
    'GetParametersForImport',
    input,
    caller,
  )
  const publicKey = createPublicKey({ key: Buffer.from(PublicKey, 'base64'), format: 'der', type: 'spki' })
  const EncryptedKeyMaterial = base64(wrap(publicKey, algorithm, material))
  return { ImportToken, EncryptedKeyMaterial, ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' }
}

/** Imports material as `change` says, and answers with its id. Throws for a refusal. */
export async function importInto(
  service: TestService,
  keyId: string,
  material: Uint8Array,
  change: object = {},
  caller?: Caller,
): Promise<string> {
  const input = { KeyId: keyId, ...(await wrappedFor(service, keyId, material, { caller })), ...change }
  const { KeyMaterialId = '' } = await service.ok('ImportKeyMaterial', input, caller)
  return KeyMaterialId
}

/** `Code: message` of an import that is refused. */
export async function importFault(
  service: TestService,
  keyId: string,
  material: Uint8Array,
  change: object = {},
  caller?: Caller,
): Promise<string> {
  const input = { KeyId: keyId, ...(await wrappedFor(service, keyId, material, { caller })), ...change }
  return service.fault('ImportKeyMaterial', input, caller)
}

/** Until when material is valid, as it is on the wire, so many milliseconds from now. */
export function validFor(service: TestService, ms: number): { ExpirationModel: string; ValidTo: number } {
  return { ExpirationModel: 'KEY_MATERIAL_EXPIRES', ValidTo: (service.clock.now() + ms) / 1000 }
}
