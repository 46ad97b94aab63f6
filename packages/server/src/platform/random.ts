import type { Secret } from '@keyhold/protocol'

/** A cryptographically secure source of randomness. */
export interface Random {
  /** `size` random bytes that need not be secret: nonces, IVs, identifiers. They can come from a pool. */
  bytes(size: number): Uint8Array
  /** `size` secret random bytes, always directly from the system's generator. */
  secret(size: number): Secret
  /** A random version 4 UUID (RFC 9562, section 5.4). */
  uuid(): string
}
