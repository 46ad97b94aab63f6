/** SHA-256 as 64 lower-case hex digits; strings are hashed as UTF-8. */
export type Sha256 = (data: Uint8Array | string) => string

/** Signs the heads of streams with Ed25519 (RFC 8032). */
export interface HeadSigner {
  /** The 32-byte public key. */
  publicKey: Uint8Array
  /** The 64-byte signature. */
  sign(bytes: Uint8Array): Uint8Array
}

/** Returns whether a 64-byte Ed25519 signature over `bytes` is by the key that this verifier was made for. */
export type VerifySignature = (bytes: Uint8Array, signature: Uint8Array) => boolean

/** The cryptography of the audit log, passed in: this folder defines the format, crypto/ the algorithms. */
export interface AuditCrypto {
  sha256: Sha256
  /** Returns a verifier for a 32-byte public key. */
  verifier(publicKey: Uint8Array): VerifySignature
}
