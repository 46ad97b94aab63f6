import type { Secret } from '@keyhold/protocol'

/** A cryptographically secure source of randomness. */
export interface Random {
  /** `size` fresh bytes that need not be secret: nonces, IVs, identifiers. May be served from a pool. */
  bytes(size: number): Uint8Array
  /** `size` fresh secret bytes, drawn directly from the system's generator and never pooled. */
  secret(size: number): Secret
  /** A fresh version 4 UUID (RFC 9562, section 5.4). */
  uuid(): string
}
