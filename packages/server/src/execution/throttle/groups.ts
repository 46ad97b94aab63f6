import type { DataKeyPairSpec } from '@keyhold/protocol'
import type { Material } from '../../domain/keys/material.ts'
import type { KeyRecord } from '../../domain/keys/record.ts'
import { keySpec } from '../../domain/keys/specs.ts'
import {
  type CryptographicGroup,
  dataKeyPairGroup,
  groupOfRate,
  type Rated,
  type RateGroup,
  sharedGroup,
} from './rates.ts'

const BY_MATERIAL: Readonly<Record<Material['kind'], CryptographicGroup>> = {
  secret: 'cryptographic-symmetric',
  rsa: 'cryptographic-rsa',
  ec: 'cryptographic-ecc',
  ed25519: 'cryptographic-ecc',
  sm2: 'cryptographic-ecc',
  'ml-dsa': 'cryptographic-ml-dsa',
  'ml-kem': 'cryptographic-ml-kem',
}

/** The group of any request once its input is read and its key, if there is one that may be used, is found. */
export function groupOf(operation: Rated, input: object, key: KeyRecord | undefined): RateGroup {
  const always = groupOfRate(operation)
  if (always !== undefined) return always
  if (operation.rate === 'by data key pair') {
    return dataKeyPairGroup((input as { KeyPairSpec: DataKeyPairSpec }).KeyPairSpec)
  }
  return sharedGroup(key === undefined ? 'cryptographic-symmetric' : BY_MATERIAL[keySpec(key.spec).material.kind])
}
