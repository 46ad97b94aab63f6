import { Secret } from '@keyhold/protocol'
import { fixedBytes } from './bytes.ts'

/** A copy with memory of its own, for callers that wipe theirs. */
export function copyOf(secret: Secret): Secret {
  const copy = fixedBytes(secret.byteLength)
  copy.set(secret.reveal())
  return Secret.of(copy)
}
