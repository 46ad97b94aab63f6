import { createSecretKey } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import type { Secret } from '@keyhold/protocol'

/** Moves a secret into a KeyObject, which cannot be printed or logged. Wipes `secret`. */
export function intoKeyObject(secret: Secret): KeyObject {
  const key = createSecretKey(secret.reveal())
  secret.wipe()
  return key
}
