import type { DataKeyPairSpec } from '@keyhold/protocol'
import type { Material } from '../../domain/keys/material.ts'
import type { KeyRecord } from '../../domain/keys/record.ts'
import { keySpec } from '../../domain/keys/specs.ts'
import { type CryptographicGroup, dataKeyPairGroup, REQUEST_RATES, type ServiceGroup } from './rates.ts'

/** Cryptographic operations whose sort of key is known before the key is. */
const BY_NAME: Readonly<Record<string, CryptographicGroup>> = {
  DeriveSharedSecret: 'cryptographic-ecc',
  Encapsulate: 'cryptographic-ml-kem',
  Decapsulate: 'cryptographic-ml-kem',
  GenerateDataKey: 'cryptographic-symmetric',
  GenerateDataKeyWithoutPlaintext: 'cryptographic-symmetric',
  GenerateMac: 'cryptographic-symmetric',
  GenerateRandom: 'cryptographic-symmetric',
  VerifyMac: 'cryptographic-symmetric',
}

const BY_MATERIAL: Readonly<Record<Material['kind'], CryptographicGroup>> = {
  secret: 'cryptographic-symmetric',
  rsa: 'cryptographic-rsa',
  ec: 'cryptographic-ecc',
  ed25519: 'cryptographic-ecc',
  sm2: 'cryptographic-ecc',
  'ml-dsa': 'cryptographic-ml-dsa',
  'ml-kem': 'cryptographic-ml-kem',
}

/** The group whose rate a request counts against, or `undefined` where only its input or its key can say. */
export function groupOfName(operation: string): string | undefined {
  return BY_NAME[operation] ?? (REQUEST_RATES.has(operation) ? operation : undefined)
}

/** The group of a request to IAM or STS. */
export function groupOfQuery(
  service: 'iam' | 'sts',
  { name, readOnly }: { name: string; readOnly: boolean },
): ServiceGroup {
  if (service === 'sts') return 'sts'
  // Both read documents that come with the request.
  if (name.startsWith('Simulate') || name.startsWith('GetContextKeys')) return 'iam-simulate'
  return readOnly ? 'iam-read' : 'iam-change'
}

/** The group of any request once its input is read and its key, if there is one that may be used, is found. */
export function groupOf(operation: string, input: object, key: KeyRecord | undefined): string {
  const byName = groupOfName(operation)
  if (byName !== undefined) return byName
  if ('KeyPairSpec' in input) return dataKeyPairGroup(input.KeyPairSpec as DataKeyPairSpec)
  return key === undefined ? 'cryptographic-symmetric' : BY_MATERIAL[keySpec(key.spec).material.kind]
}
