import type { KeyObject } from 'node:crypto'
import { type KeyUsageType, serviceError } from '@keyhold/protocol'
import type { KeyEntry } from '../../../identity/directory/directory.ts'
import { type Algorithm, algorithm } from '../../../domain/keys/algorithms.ts'
import { keyArn } from '../../../domain/keys/arns.ts'
import { algorithmNames } from '../../../domain/keys/spec-algorithms.ts'
import { keySpec } from '../../../domain/keys/specs.ts'
import type { Services } from '../../../execution/services.ts'

/** The key in the response of a cryptographic operation: always its ARN, also if the request used an alias. */
export function answeredKey(key: KeyEntry): { KeyId: string } {
  return { KeyId: keyArn(key.value) }
}

/** Returns the algorithm of a request. Throws if the key does not support it. */
export function usedAlgorithm<U extends KeyUsageType>(
  { value: { spec } }: KeyEntry,
  usage: U,
  name: string,
): Extract<Algorithm, { usage: U }> {
  const row = algorithm(usage, name)
  if (row && algorithmNames(keySpec(spec), usage).includes(row.name)) return row
  throw serviceError('InvalidKeyUsageException', `Algorithm ${name} is incompatible with key spec ${spec}.`)
}

/**
 * Returns the id of the current material. A key without material is in state PendingImport, in which no operation gets
 * here.
 */
export function currentMaterialId({ value: { keyId, currentMaterialId: id } }: KeyEntry): string {
  if (id === undefined) throw new Error(`key ${keyId} has no material`)
  return id
}

/** Returns the current secret or private key. */
export async function currentMaterial(key: KeyEntry, { directory }: Services): Promise<KeyObject> {
  return present(key, await directory.material(key.value, currentMaterialId(key)))
}

/** Returns the public half of the current key pair, for operations that do not need the private key. */
export async function currentPublicKey(key: KeyEntry, { directory }: Services): Promise<KeyObject> {
  return present(key, await directory.publicKey(key.value, currentMaterialId(key)))
}

function present(key: KeyEntry, half: KeyObject | undefined): KeyObject {
  if (half === undefined) throw new Error(`key ${key.value.keyId} lacks its material ${key.value.currentMaterialId}`)
  return half
}
