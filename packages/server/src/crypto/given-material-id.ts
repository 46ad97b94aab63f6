import { createSecretKey } from 'node:crypto'
import type { Secret } from '@keyhold/protocol'
import { hmacSha256Hex } from './hmac.ts'

/**
 * The id of material that was given instead of drawn: 64 hexadecimal digits, the same wherever the same material is
 * given to the same key, so that its ciphertexts open there. The material is the key of the MAC: unlike a bare hash,
 * the id cannot be looked up in a table made beforehand for all keys.
 */
export function givenMaterialId(material: Secret, keyId: string): string {
  return hmacSha256Hex(createSecretKey(material.reveal()), `keyhold/given-material/${keyId}`)
}
