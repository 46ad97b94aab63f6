import type { KeyObject } from 'node:crypto'
import { publicKeyOfDer } from '../../crypto/asymmetric/raw-key.ts'
import type { Authentic } from '../../vault/records/authentic.ts'
import type { StoredMaterial } from '../../vault/records/material.ts'

/** What is said of a key's material. The material itself is in the keyring, as far as it is in use. */
export interface MaterialValue {
  stored: Authentic<StoredMaterial>
  /** Of a pair: for everybody, so that nothing is unwrapped for what needs no private key. */
  publicKey?: KeyObject
}

export function materialValue(stored: Authentic<StoredMaterial>): MaterialValue {
  const { publicKey } = stored.value
  return { stored, ...(publicKey !== undefined && { publicKey: publicKeyOfDer(Buffer.from(publicKey, 'base64')) }) }
}
