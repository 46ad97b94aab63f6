import { Secret } from '@keyhold/protocol'
import { fixedBytes } from './bytes.ts'

/** A secret of its own, for whoever wipes his own. */
export function copyOf(secret: Secret): Secret {
  const copy = fixedBytes(secret.byteLength)
  copy.set(secret.reveal())
  return Secret.of(copy)
}
