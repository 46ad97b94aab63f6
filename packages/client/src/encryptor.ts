import type { AesGcm, Cryptography, Signer } from './crypto.ts'
import { EnvelopeError } from './error.ts'
import type { Keyring } from './keyrings/keyring.ts'
import { deriveMessageKey, headerTag } from './message-key.ts'
import { encodeBase64 } from './message/base64.ts'
import { frameAad, frameIv, serializeFrameHead } from './message/body.ts'
import type { Frame } from './message/body.ts'
import { concat, uint16 } from './message/bytes.ts'
import { checkedContext, PUBLIC_KEY_NAME, withPair } from './message/context.ts'
import type { EncryptionContext } from './message/context.ts'
import { serializeHeader } from './message/header.ts'
import type { MessageHeader } from './message/header.ts'
import type { Suite } from './message/suites.ts'

export interface EncryptorOptions {
  cryptography: Cryptography
  keyring: Keyring
  suite: Suite
  /** Bytes of plaintext in a frame. */
  frameLength: number
  context: EncryptionContext
  signal?: AbortSignal | undefined
}

/**
 * Writes one message, fed with plaintext in pieces of any size. Calls must not overlap. Memory: one frame held back,
 * since any frame may turn out to be the final one, and what the current call returns.
 */
export class MessageEncryptor {
  readonly header: MessageHeader
  /** The serialized header: the beginning of the message. */
  readonly headerBytes: Uint8Array
  readonly #cipher: AesGcm
  readonly #signer: Signer | undefined
  #held: Uint8Array = new Uint8Array(0)
  #heldBytes = 0
  #sequence = 0

  private constructor(header: MessageHeader, headerBytes: Uint8Array, cipher: AesGcm, signer: Signer | undefined) {
    this.header = header
    this.headerBytes = headerBytes
    this.#cipher = cipher
    this.#signer = signer
    signer?.update(headerBytes)
  }

  /** Has the keyring make a data key, and writes the header. */
  static async start(options: EncryptorOptions): Promise<MessageEncryptor> {
    const { cryptography, keyring, suite, frameLength, signal } = options
    const signer = suite.signature && (await cryptography.signer())
    const given = checkedContext(options.context)
    const context = signer ? withPair(given, PUBLIC_KEY_NAME, encodeBase64(signer.publicKey)) : given
    const messageId = cryptography.random(suite.messageIdBytes)
    const wrapped = await keyring.onEncrypt({ context, dataKeyBytes: suite.dataKeyBytes, ...(signal && { signal }) })
    const { dataKey, encryptedDataKeys } = wrapped
    try {
      const { cipher, commitment } = await deriveMessageKey(cryptography, suite, dataKey, messageId)
      const header = Object.freeze({ suite, messageId, context, encryptedDataKeys, frameLength, commitment })
      const body = serializeHeader(header)
      const headerBytes = concat([body, await headerTag(cipher, suite, body)])
      return new MessageEncryptor(header, headerBytes, cipher, signer)
    } finally {
      dataKey.wipe()
    }
  }

  /** Takes plaintext, returns the next pieces of the message. The plaintext's buffer may be reused afterwards. */
  async update(plaintext: Uint8Array): Promise<Uint8Array[]> {
    const { frameLength } = this.header
    const frames: Frame[] = []
    let rest = this.#hold(plaintext)
    if (rest.length > 0 && this.#heldBytes === frameLength) frames.push(this.#nextFrame(this.#releaseHeld(), false))
    while (rest.length > frameLength) {
      frames.push(this.#nextFrame(rest.subarray(0, frameLength), false))
      rest = rest.subarray(frameLength)
    }
    const sealing = this.#seal(frames)
    this.#hold(rest)
    return sealing
  }

  /** Ends the message: its final frame, and its footer if it is signed. */
  async finish(): Promise<Uint8Array[]> {
    const pieces = await this.#seal([this.#nextFrame(this.#releaseHeld(), true)])
    if (this.#signer === undefined) return pieces
    const signature = await this.#signer.sign()
    return [...pieces, uint16(signature.length), signature]
  }

  /** Adds to the frame that is held back, as much as fits into it; returns what does not. */
  #hold(plaintext: Uint8Array): Uint8Array {
    const taken = plaintext.subarray(0, this.header.frameLength - this.#heldBytes)
    const needed = this.#heldBytes + taken.length
    if (needed > this.#held.length) this.#growHeld(needed)
    this.#held.set(taken, this.#heldBytes)
    this.#heldBytes = needed
    return plaintext.subarray(taken.length)
  }

  /** At least doubles, so that a frame fed byte by byte costs no more than one fed whole. */
  #growHeld(needed: number): void {
    const outgrown = this.#held
    this.#held = new Uint8Array(Math.min(this.header.frameLength, Math.max(needed, outgrown.length * 2)))
    this.#held.set(outgrown.subarray(0, this.#heldBytes))
  }

  /** The held frame leaves with its buffer: it is being sealed while the next one is held. */
  #releaseHeld(): Uint8Array {
    const released = this.#held.subarray(0, this.#heldBytes)
    this.#held = new Uint8Array(0)
    this.#heldBytes = 0
    return released
  }

  #nextFrame(content: Uint8Array, isFinal: boolean): Frame {
    this.#sequence += 1
    return { sequence: this.#sequence, isFinal, content }
  }

  async #seal(frames: readonly Frame[]): Promise<Uint8Array[]> {
    if (frames.length === 0) return []
    const { suite, messageId } = this.header
    const heads = frames.map((frame) => serializeFrameHead(suite.ivBytes, frame))
    const batch = frames.map((frame) => ({
      iv: frameIv(suite.ivBytes, frame.sequence),
      aad: frameAad(messageId, frame),
      plaintext: frame.content,
    }))
    const sealed = await this.#cipher.seal(batch)
    const pieces = sealed.flatMap(({ ciphertext, tag }, index) => [heads[index]!, ciphertext, tag])
    if (this.#signer !== undefined) for (const piece of pieces) this.#signer.update(piece)
    return pieces
  }
}

/** @throws EnvelopeError INVALID_ARGUMENT unless it is a whole number from 1 to 2^32 - 1. */
export function requireFrameLength(frameLength: number): void {
  if (Number.isInteger(frameLength) && frameLength > 0 && frameLength < 2 ** 32) return
  throw new EnvelopeError(
    'INVALID_ARGUMENT',
    `A frame cannot have ${frameLength} bytes: 1 to ${2 ** 32 - 1} are possible.`,
  )
}
