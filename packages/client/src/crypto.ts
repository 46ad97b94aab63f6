/** A value, or the promise of one: Node's driver answers at once, WebCrypto or a pool of workers cannot. */
export type Awaitable<T> = T | Promise<T>

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

/** Signs what it was given, under a key pair made for it alone. */
export interface Signer {
  /** The point in compressed form (SEC 1, section 2.3.3). */
  readonly publicKey: Uint8Array
  update(bytes: Uint8Array): void
  /** An ECDSA signature in DER. */
  sign(): Awaitable<Uint8Array>
}

export interface Verifier {
  update(bytes: Uint8Array): void
  verify(signature: Uint8Array): Awaitable<boolean>
}

/** All the cryptography that the message format needs. One driver per platform. */
export interface Cryptography {
  /** Random bytes fit for message ids. */
  random(length: number): Uint8Array
  /** RFC 5869, extract and expand. */
  hkdf(options: {
    hash: 'sha512'
    secret: Uint8Array
    salt: Uint8Array
    info: Uint8Array
    length: number
  }): Awaitable<Uint8Array>
  /** Takes a copy of the key; the caller wipes its own. */
  aesGcm(key: Uint8Array): Awaitable<AesGcm>
  /** ECDSA over P-384 with SHA-384. */
  signer(): Awaitable<Signer>
  /** @returns nothing if `publicKey` is not a compressed point of P-384. */
  verifier(publicKey: Uint8Array): Awaitable<Verifier | undefined>
  /** Takes the same time wherever the two differ. */
  equal(a: Uint8Array, b: Uint8Array): boolean
}
