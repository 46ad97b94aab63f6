import { someBytes } from '../base/arguments.ts'
import { chain } from '../message/crypto.ts'
import type { AesGcm, Awaitable, Cryptography, Signer } from '../message/crypto.ts'
import { EnvelopeError } from '../base/error.ts'
import type { MaterialsManager } from '../materials/manager.ts'
import { deriveMessageKey, headerAad, headerTag } from '../message/message-key.ts'
import { frameToSeal } from '../message/body.ts'
import type { Frame, FrameKind } from '../message/body.ts'
import { ByteWriter, concat, uint16 } from '../base/bytes.ts'
import { checkedContext, splitContext } from '../message/context.ts'
import type { EncryptionContext } from '../message/context.ts'
import { writeAuthentication, writeHeaderBody } from '../message/header.ts'
import type { MessageHeader } from '../message/header.ts'
import type { Suite } from '../message/suites.ts'

export interface EncryptorOptions {
  cryptography: Cryptography
  materials: MaterialsManager
  suite: Suite
  /** Bytes of plaintext in a frame. */
  frameLength: number
  context: EncryptionContext
  /** Names of pairs of the context that the message is bound to without storing them. */
  requiredContext: readonly string[]
  /** At most so many bytes of plaintext, which is held to. Absent when unknown. */
  plaintextBytes?: number | undefined
  signal?: AbortSignal | undefined
}

/**
 * Writes one message, fed with plaintext in pieces of any size. Calls must not overlap. Memory: one frame held back,
 * since any frame may turn out to be the final one, and what the current call returns.
 */
export class MessageEncryptor {
  readonly header: MessageHeader
  readonly #headerBytes: Uint8Array
  readonly #cipher: AesGcm
  readonly #signer: Signer | undefined
  #held: Uint8Array = new Uint8Array(0)
  #heldBytes = 0
  #sequence = 0
  #bytesAllowed: number
  #isHandedOver = false

  private constructor(started: Started, plaintextBytes: number | undefined) {
    this.header = started.header
    this.#headerBytes = started.headerBytes
    this.#cipher = started.cipher
    this.#signer = started.signer
    this.#signer?.update(this.#headerBytes)
    this.#bytesAllowed = plaintextBytes ?? Number.POSITIVE_INFINITY
  }

  /** Has the keyring make a data key, and writes the header. */
  static async start(options: EncryptorOptions): Promise<MessageEncryptor> {
    return new MessageEncryptor(await writeHeader(options), options.plaintextBytes)
  }

  /** The serialized header: a copy of the beginning of the message. */
  get headerBytes(): Uint8Array {
    return this.#headerBytes.slice()
  }

  /** Takes plaintext, returns the next pieces of the message. The plaintext's buffer may be reused afterwards. */
  async update(plaintext: Uint8Array): Promise<Uint8Array[]> {
    someBytes(plaintext, 'A chunk of plaintext')
    this.#count(plaintext.length)
    const { frameLength } = this.header
    const frames: Frame[] = []
    let rest = this.#hold(plaintext)
    if (rest.length > 0 && this.#heldBytes === frameLength) frames.push(this.#nextFrame(this.#releaseHeld(), 'regular'))
    while (rest.length > frameLength) {
      frames.push(this.#nextFrame(rest.subarray(0, frameLength), 'regular'))
      rest = rest.subarray(frameLength)
    }
    const sealing = frames.length === 0 ? [] : this.#seal(frames)
    if (sealing instanceof Promise) this.#held = new Uint8Array(0) // it is being sealed while the next frame is held
    this.#hold(rest)
    return sealing
  }

  /**
   * The whole message, from all of its plaintext, of which just as much as was announced is still there: its buffer may
   * have been resized or transferred while the keyring made the data key.
   */
  async sealWhole(plaintext: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
    this.#requireUnbegun()
    someBytes(plaintext, 'The plaintext')
    if (plaintext.length !== this.#bytesAllowed) {
      throw new EnvelopeError('CONFLICT', 'The plaintext changed its length while it was being encrypted.')
    }
    return concat([this.#headerBytes, ...(await this.#sealAll(plaintext))])
  }

  /** What `update` and `finish` do, without holding a copy of a frame that nothing follows. */
  async #sealAll(plaintext: Uint8Array): Promise<Uint8Array[]> {
    if (plaintext.length > this.header.frameLength) {
      const pieces = await this.update(plaintext)
      return [...pieces, ...(await this.finish())]
    }
    this.#count(plaintext.length)
    return this.#end(plaintext)
  }

  /** Ends the message: its final frame, and its footer if it is signed. */
  async finish(): Promise<Uint8Array[]> {
    return this.#end(this.#releaseHeld())
  }

  #end(content: Uint8Array): Awaitable<Uint8Array[]> {
    return chain(this.#seal([this.#nextFrame(content, 'final')]), (pieces) => {
      if (this.#signer === undefined) return pieces
      return chain(this.#signer.sign(), (signature) => [...pieces, uint16(signature.length), signature])
    })
  }

  /**
   * The cipher, for callers that seal the whole body themselves. This encryptor then seals nothing any more: no frame may be
   * sealed twice, as its IV is its number.
   */
  handOver(plaintextBytes: number): AesGcm {
    this.#requireUnbegun()
    this.#count(plaintextBytes)
    this.#isHandedOver = true
    return this.#cipher
  }

  #requireUnbegun(): void {
    if (this.#sequence > 0 || this.#heldBytes > 0) throw new Error('The body has been begun')
  }

  /** A data key that messages share has a limit of bytes, which counted what was announced. */
  #count(bytes: number): void {
    this.#bytesAllowed -= bytes
    if (this.#bytesAllowed >= 0) return
    throw new EnvelopeError('LIMIT_EXCEEDED', 'The plaintext is longer than it was announced to be.')
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

  #releaseHeld(): Uint8Array {
    const released = this.#held.subarray(0, this.#heldBytes)
    this.#heldBytes = 0
    return released
  }

  #nextFrame(content: Uint8Array, kind: FrameKind): Frame {
    this.#sequence += 1
    return { sequence: this.#sequence, kind, content }
  }

  #seal(frames: readonly Frame[]): Awaitable<Uint8Array[]> {
    if (this.#isHandedOver) throw new Error('The body was handed over')
    const batch = frames.map((frame) => frameToSeal(this.header, frame))
    return chain(this.#cipher.seal(batch), (sealed) => {
      const pieces = sealed.flatMap(({ ciphertext, tag }, index) => [batch[index]!.head, ciphertext, tag])
      if (this.#signer !== undefined) for (const piece of pieces) this.#signer.update(piece)
      return pieces
    })
  }
}

/** As many as most headers have. */
const HEADER_BYTES = 512

interface Started {
  header: MessageHeader
  headerBytes: Uint8Array
  cipher: AesGcm
  signer: Signer | undefined
}

async function writeHeader(options: EncryptorOptions): Promise<Started> {
  const { cryptography, suite, frameLength, plaintextBytes, signal } = options
  const given = checkedContext(options.context)
  const request = { suite, context: given, plaintextBytes, signal }
  const { bound } = splitContext(given, options.requiredContext) // before any key is asked for
  const { dataKey, encryptedDataKeys, context, signingKey } = await options.materials.toEncrypt(request)
  using _ = dataKey
  const messageId = cryptography.nonce(suite.messageIdBytes)
  const { cipher, commitment } = await deriveMessageKey(cryptography, suite, dataKey, messageId)
  const { stored } = splitContext(context, options.requiredContext)
  const fields = { suite, messageId: messageId.slice(), context: stored, encryptedDataKeys, frameLength, commitment }
  const header: MessageHeader = Object.freeze({ ...fields, contentType: 'framed' })
  const writer = new ByteWriter(HEADER_BYTES)
  writeHeaderBody(writer, header)
  writeAuthentication(writer, suite, await headerTag(cipher, headerAad(writer.written, bound)))
  return { header, headerBytes: writer.written, cipher, signer: signingKey?.signer() }
}

/** @throws EnvelopeError INVALID_ARGUMENT unless it is a whole number from 1 to what this client reads. */
export function requireFrameLength(frameLength: number, maxFrameLength: number): void {
  const most = Math.min(maxFrameLength, 2 ** 32 - 1)
  if (Number.isInteger(frameLength) && frameLength > 0 && frameLength <= most) return
  throw new EnvelopeError(
    'INVALID_ARGUMENT',
    `A frame cannot have ${frameLength} bytes: 1 to ${most} are possible with these limits.`,
  )
}
