import { concat } from './message/bytes.ts'
import type { EncryptionContext, ExpectedContext } from './message/context.ts'
import type { Cryptography } from './crypto.ts'
import { MessageDecryptor } from './decryptor.ts'
import { MessageEncryptor, requireFrameLength } from './encryptor.ts'
import type { Keyring } from './keyrings/keyring.ts'
import type { MessageHeader } from './message/header.ts'
import { DEFAULT_FRAME_LENGTH, DEFAULT_LIMITS } from './message/limits.ts'
import type { Limits } from './message/limits.ts'
import { COMMITTED, COMMITTED_SIGNED } from './message/suites.ts'

export interface EnvelopeOptions {
  keyring: Keyring
  /** Whether messages are signed, so that no reader of one could have written it. Default: true. */
  signed?: boolean
  /** Bytes of plaintext in the frames that are written. Default: 65536. */
  frameLength?: number
  /** What messages may ask of the reader. Default: DEFAULT_LIMITS. */
  limits?: Partial<Limits>
}

export interface EncryptOptions {
  /** Authenticated with the message, and readable by everyone. Default: no pairs. */
  context?: EncryptionContext
  signal?: AbortSignal
}

export interface DecryptOptions {
  /** The pairs that the message must have, among any others: checked before any key is asked for. Or ANY_CONTEXT. */
  expect: ExpectedContext
  signal?: AbortSignal
}

export interface Decrypted {
  plaintext: Uint8Array<ArrayBuffer>
  header: MessageHeader
}

/** Envelope encryption with one keyring, over whatever cryptography the platform has. */
export class PortableEnvelope {
  readonly #cryptography: Cryptography
  readonly #keyring: Keyring
  readonly #signed: boolean
  readonly #frameLength: number
  readonly #limits: Limits

  /** @throws EnvelopeError INVALID_ARGUMENT for a frame length that no message can have. */
  constructor(cryptography: Cryptography, options: EnvelopeOptions) {
    const { keyring, signed = true, frameLength = DEFAULT_FRAME_LENGTH, limits } = options
    requireFrameLength(frameLength)
    this.#cryptography = cryptography
    this.#keyring = keyring
    this.#signed = signed
    this.#frameLength = frameLength
    this.#limits = { ...DEFAULT_LIMITS, ...limits }
  }

  /** Encrypts bytes that fit into memory. */
  async encrypt(plaintext: Uint8Array, options: EncryptOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
    const encryptor = await this.startEncryptor(options)
    const body = await encryptor.update(plaintext)
    const end = await encryptor.finish()
    return concat([encryptor.headerBytes, ...body, ...end])
  }

  /**
   * Decrypts a message that fits into memory. Returns only what is authentic as a whole.
   *
   * @throws EnvelopeError for a message that is not to be trusted, and what the keyring throws.
   */
  async decrypt(message: Uint8Array, options: DecryptOptions): Promise<Decrypted> {
    const decryptor = this.startDecryptor(options)
    const pieces = await decryptor.push(message)
    await decryptor.finish()
    return { plaintext: concat(pieces), header: decryptor.header! }
  }

  /** Encrypts a stream in constant memory. */
  encryptStream(options: EncryptOptions = {}): TransformStream<Uint8Array, Uint8Array> {
    let encryptor: MessageEncryptor
    return new TransformStream<Uint8Array, Uint8Array>({
      start: async (controller) => {
        encryptor = await this.startEncryptor(options)
        controller.enqueue(encryptor.headerBytes)
      },
      transform: async (chunk, controller) => enqueueAll(controller, await encryptor.update(chunk)),
      flush: async (controller) => enqueueAll(controller, await encryptor.finish()),
    })
  }

  /**
   * Decrypts a stream in constant memory, and so releases plaintext before the end of the message has been seen. Until
   * the stream has closed without an error the message may be cut off and, if it is signed, may be anyone's: whatever
   * was done with its plaintext must then be undone.
   */
  decryptStreamUnverified(options: DecryptOptions): TransformStream<Uint8Array, Uint8Array> {
    const decryptor = this.startDecryptor(options)
    return new TransformStream<Uint8Array, Uint8Array>({
      transform: async (chunk, controller) => enqueueAll(controller, await decryptor.push(chunk)),
      flush: async () => decryptor.finish(),
    })
  }

  protected async startEncryptor({ context = {}, signal }: EncryptOptions): Promise<MessageEncryptor> {
    return MessageEncryptor.start({
      cryptography: this.#cryptography,
      keyring: this.#keyring,
      suite: this.#signed ? COMMITTED_SIGNED : COMMITTED,
      frameLength: this.#frameLength,
      context,
      signal,
    })
  }

  protected startDecryptor({ expect, signal }: DecryptOptions): MessageDecryptor {
    return new MessageDecryptor({
      cryptography: this.#cryptography,
      keyring: this.#keyring,
      limits: this.#limits,
      expect,
      signal,
    })
  }
}

function enqueueAll(controller: TransformStreamDefaultController<Uint8Array>, pieces: readonly Uint8Array[]): void {
  for (const piece of pieces) controller.enqueue(piece)
}
