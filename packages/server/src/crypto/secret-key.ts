import { createSecretKey } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import type { Secret } from '@keyhold/protocol'

/** Moves a secret into a KeyObject: what was passed in is wiped, and the copy can be neither printed nor logged. */
export function intoKeyObject(secret: Secret): KeyObject {
  const key = createSecretKey(secret.reveal())
  secret.wipe()
  return key
}
