import { createCipheriv, createDecipheriv, hkdfSync, type KeyObject } from 'node:crypto'
import { Secret } from '@keyhold/protocol'
import { intoKeyObject } from './secret-key.ts'

/**
 * The payload of an age file (https://c2sp.org/age, version 1.1.0, "Payload"): STREAM over ChaCha20-Poly1305 (RFC 8439). The
 * header is made and opened by age-encryption (backup/age-header.ts); its own payload is pure JavaScript, and too slow for
 * databases.
 */

/** "The payload is split into chunks of 64 KiB", except the last one. */
export const CHUNK_BYTES = 64 * 1024
export const CHUNK_TAG_BYTES = 16
export const PAYLOAD_NONCE_BYTES = 16
const ALGORITHM = 'chacha20-poly1305'
const OPTIONS = { authTagLength: CHUNK_TAG_BYTES }
const COUNTER_BYTES = 11

/** `payload key = HKDF-SHA-256(ikm = file key, salt = nonce, info = "payload")`, 32 bytes. */
export function payloadKey(fileKey: Secret, nonce: Uint8Array): KeyObject {
  return intoKeyObject(Secret.of(new Uint8Array(hkdfSync('sha256', fileKey.reveal(), nonce, 'payload', 32))))
}

/**
 * The nonces of the chunks: "the first 11 bytes are a big-endian counter, starting at zero and incremented for each chunk; the
 * last byte is 0x01 for the last chunk and 0x00 for all others". A payload key is of one file, so that none repeats. The counter
 * is kept in its lower 6 bytes: 2^48 chunks are 16 EiB.
 */
class Nonces {
  readonly #nonce = Buffer.alloc(COUNTER_BYTES + 1)
  #counter = 0
  #ended = false

  next(last: boolean): Buffer {
    if (this.#ended) throw new Error('the last chunk was the last')
    this.#ended = last
    this.#nonce.writeUIntBE(this.#counter, COUNTER_BYTES - 6, 6)
    this.#nonce[COUNTER_BYTES] = last ? 1 : 0
    this.#counter += 1
    return this.#nonce
  }
}

/** Encrypts chunk after chunk. Each but the last has {@link CHUNK_BYTES}; the last is empty only if it is the first. */
export class PayloadSealer {
  readonly #key: KeyObject
  readonly #nonces = new Nonces()

  constructor(key: KeyObject) {
    this.#key = key
  }

  seal(chunk: Uint8Array, last: boolean): [ciphertext: Uint8Array, tag: Uint8Array] {
    const cipher = createCipheriv(ALGORITHM, this.#key, this.#nonces.next(last), OPTIONS)
    const ciphertext = cipher.update(chunk)
    cipher.final() // holds nothing back: it only completes the tag
    return [ciphertext, cipher.getAuthTag()]
  }
}

/** Decrypts chunk after chunk, each with its tag at its end. */
export class PayloadOpener {
  readonly #key: KeyObject
  readonly #nonces = new Nonces()

  constructor(key: KeyObject) {
    this.#key = key
  }

  /** Returns `undefined` for a chunk that was changed, is not at its place, or is or is not the last one against `last`. */
  open(chunk: Uint8Array, last: boolean): Uint8Array | undefined {
    const nonce = this.#nonces.next(last)
    if (chunk.byteLength < CHUNK_TAG_BYTES) return undefined
    const end = chunk.byteLength - CHUNK_TAG_BYTES
    const decipher = createDecipheriv(ALGORITHM, this.#key, nonce, OPTIONS).setAuthTag(chunk.subarray(end))
    const plaintext = decipher.update(chunk.subarray(0, end))
    try {
      decipher.final()
      return plaintext
    } catch {
      plaintext.fill(0)
      return undefined
    }
  }
}
