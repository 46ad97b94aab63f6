import type { SignatureScheme } from './suites.ts'

/** A value, or the promise of one: Node's driver answers at once, WebCrypto or a pool of workers cannot. */
export type Awaitable<T> = T | Promise<T>

/** What `use` makes of a value, at once where it is there: small messages feel every turn that they wait. */
export function chain<T, U>(value: Awaitable<T>, use: (value: T) => Awaitable<U>): Awaitable<U> {
  return value instanceof Promise ? value.then(use) : use(value)
}

export interface SealRequest {
  readonly iv: Uint8Array
  readonly aad: Uint8Array
  readonly plaintext: Uint8Array
}

export interface Sealed {
  readonly ciphertext: Uint8Array
  readonly tag: Uint8Array
}

export interface OpenRequest extends Sealed {
  readonly iv: Uint8Array
  readonly aad: Uint8Array
}

/** AES-GCM under one key. Whole batches, so that a driver may answer asynchronously at no cost for each frame. */
export interface AesGcm {
  /** In the order of the requests. The results share no memory with them. */
  seal(batch: readonly SealRequest[]): Awaitable<readonly Sealed[]>
  /** The plaintexts in order, sharing no memory with the requests; nothing at all if any tag does not verify. */
  open(batch: readonly OpenRequest[]): Awaitable<readonly Uint8Array[] | undefined>
}

/** A key pair made for one message, or for the messages that share a cached data key. */
export interface SigningKey {
  /** The point in compressed form (SEC 1, section 2.3.3). */
  readonly publicKey: Uint8Array
  /** A signer of one message. */
  signer(): Signer
}

/** Signs what it was given. */
export interface Signer {
  update(bytes: Uint8Array): void
  /** An ECDSA signature in DER. */
  sign(): Awaitable<Uint8Array>
}

export interface Verifier {
  update(bytes: Uint8Array): void
  verify(signature: Uint8Array): Awaitable<boolean>
}

export interface HkdfRequest {
  readonly hash: 'sha256' | 'sha384' | 'sha512'
  readonly secret: Uint8Array
  /** Empty for none. */
  readonly salt: Uint8Array
  readonly outputs: readonly { readonly info: Uint8Array; readonly length: number }[]
}

/** All the cryptography that the message format needs. One driver per platform. */
export interface Cryptography {
  /** Random bytes fit for data keys, in memory of their own that does not move and so can be wiped. */
  randomSecret(length: number): Uint8Array
  /**
   * Random bytes that everybody will see, in scratch memory: message ids, salts and IVs. Drawn for each call: a store of
   * them would give two copies of a machine that was cloned the same IVs under the same key.
   */
  nonce(length: number): Uint8Array
  /** RFC 5869, extract and expand, for each output. The caller wipes what is secret of them. */
  hkdf(request: HkdfRequest): Awaitable<readonly Uint8Array[]>
  /** Takes a copy of the key, of 16, 24 or 32 bytes, before it returns; the caller wipes its own. */
  aesGcm(key: Uint8Array): Awaitable<AesGcm>
  signingKey(scheme: SignatureScheme): Awaitable<SigningKey>
  /** @returns nothing if `publicKey` is not a compressed point of the curve. */
  verifier(scheme: SignatureScheme, publicKey: Uint8Array): Awaitable<Verifier | undefined>
  /** Takes the same time wherever the two differ. */
  equal(a: Uint8Array, b: Uint8Array): boolean
}
