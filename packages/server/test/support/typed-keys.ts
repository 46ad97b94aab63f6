import { createPublicKey, type KeyObject } from 'node:crypto'
import type { KeySpec, KeyUsageType } from '@keyhold/protocol'
import { REGION, type TestService } from './service.ts'

/** A KMS key of some type. */
export interface TypedKey {
  keyId: string
  arn: string
}

/** The KMS keys of one service by what they are, each made once for all tests of a file: RSA takes its time. */
export class TypedKeys {
  readonly #service: TestService
  readonly #made = new Map<string, Promise<TypedKey>>()

  constructor(service: TestService) {
    this.#service = service
  }

  get(KeySpec: KeySpec, KeyUsage: KeyUsageType): Promise<TypedKey> {
    const name = `${KeySpec} ${KeyUsage}`
    const made = this.#made.get(name) ?? this.#service.createKey({ KeySpec, KeyUsage })
    this.#made.set(name, made)
    return made
  }
}

/** What GetPublicKey answers, read. */
export async function downloadedKey(service: TestService, KeyId: string): Promise<KeyObject> {
  const { PublicKey = '' } = await service.ok('GetPublicKey', { KeyId })
  return createPublicKey({ key: bytes(PublicKey), format: 'der', type: 'spki' })
}

/** What no request can ask for: the secret or private key itself, for others to compute with. */
export async function extracted(service: TestService, keyId: string): Promise<KeyObject> {
  const { directory } = service.services
  const key = await directory.key({ region: REGION, keyId })
  const material = key && (await directory.material(key.value, key.value.currentMaterialId ?? ''))
  if (material === undefined) throw new Error(`no material of ${keyId}`)
  return material
}

/** A blob of an answer. */
export function bytes(base64: string | undefined): Buffer {
  return Buffer.from(base64 ?? '', 'base64')
}
