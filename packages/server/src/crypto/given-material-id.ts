import { createSecretKey } from 'node:crypto'
import type { Secret } from '@keyhold/protocol'
import { hmacSha256Hex } from './hmac.ts'

/**
 * The id of imported or replicated key material: 64 hexadecimal digits. The same material given to the same key always
 * has the same id, so its ciphertexts open there. The material is the key of the MAC: unlike a bare hash, the id cannot
 * be looked up in a table that was computed for all keys in advance.
 */
export function givenMaterialId(material: Secret, keyId: string): string {
  return hmacSha256Hex(createSecretKey(material.reveal()), `keyhold/given-material/${keyId}`)
}
