import type { KeyObject } from 'node:crypto'
import { type KeyUsageType, serviceError } from '@keyhold/protocol'
import type { KeyEntry } from '../../../identity/directory/directory.ts'
import { type Algorithm, algorithm } from '../../../domain/keys/algorithms.ts'
import { keyArn } from '../../../domain/keys/arns.ts'
import { algorithmNames, keySpec } from '../../../domain/keys/specs.ts'
import type { Services } from '../../../execution/services.ts'

/** What a cryptographic answer says of the key it used: always the ARN, also when it was called by alias. */
export function answeredKey(key: KeyEntry): { KeyId: string } {
  return { KeyId: keyArn(key.value) }
}

/** The algorithm that a request names, where the key has it. */
export function usedAlgorithm<U extends KeyUsageType>(
  { value: { spec } }: KeyEntry,
  usage: U,
  name: string,
): Extract<Algorithm, { usage: U }> {
  const row = algorithm(usage, name)
  if (row && algorithmNames(keySpec(spec), usage).includes(row.name)) return row
  throw serviceError('InvalidKeyUsageException', `Algorithm ${name} is incompatible with key spec ${spec}.`)
}

/** The material that is used. A key without any is in state PendingImport, in which no operation comes so far. */
export function currentMaterialId({ value: { keyId, currentMaterialId: id } }: KeyEntry): string {
  if (id === undefined) throw new Error(`key ${keyId} has no material`)
  return id
}

/** The secret or private key in use. */
export async function currentMaterial(key: KeyEntry, { directory }: Services): Promise<KeyObject> {
  return present(key, await directory.material(key.value, currentMaterialId(key)))
}

/** The public half of the pair in use: for whatever needs no private key. */
export async function currentPublicKey(key: KeyEntry, { directory }: Services): Promise<KeyObject> {
  return present(key, await directory.publicKey(key.value, currentMaterialId(key)))
}

function present(key: KeyEntry, half: KeyObject | undefined): KeyObject {
  if (half === undefined) throw new Error(`key ${key.value.keyId} lacks its material ${key.value.currentMaterialId}`)
  return half
}
