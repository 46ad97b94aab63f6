import {
  aBoolean,
  aCount,
  aSignal,
  aText,
  either,
  listOf,
  optional,
  requireOptions,
  shaped,
  someBytes,
  someTexts,
  withDefaults,
} from '../base/arguments.ts'
import type { Check, Shape } from '../base/arguments.ts'
import { decodeBase64, encodeBase64 } from '../message/base64.ts'
import { concat } from '../base/bytes.ts'
import { aContext, ANY_CONTEXT, checkedContext } from '../message/context.ts'
import type { EncryptionContext, ExpectedContext } from '../message/context.ts'
import type { Cryptography } from '../message/crypto.ts'
import { MessageDecryptor } from './decryptor.ts'
import { MessageEncryptor, requireFrameLength } from './encryptor.ts'
import { EnvelopeError } from '../base/error.ts'
import { aKeyring } from '../keyrings/checks.ts'
import type { Keyring } from '../keyrings/keyring.ts'
import { CACHE_SHAPE, type CacheLimits, type DataKeyCache, TIMERS } from '../materials/cache.ts'
import { CachingManager, NO_CACHE } from '../materials/caching-manager.ts'
import { DefaultManager } from '../materials/default-manager.ts'
import type { MaterialsManager } from '../materials/manager.ts'
import { DEFAULT_COMMITMENT_POLICY, suiteToWrite } from '../message/commitment-policy.ts'
import type { CommitmentPolicy } from '../message/commitment-policy.ts'
import type { MessageHeader } from '../message/header.ts'
import { DEFAULT_FRAME_LENGTH, DEFAULT_LIMITS, LIMITS_SHAPE } from '../message/limits.ts'
import type { Limits } from '../message/limits.ts'
import type { Suite, SuiteName } from '../message/suites.ts'

export interface EnvelopeOptions {
  keyring: Keyring
  /** Whether messages are signed, so that no reader of one could have written it. Default: true. */
  signed?: boolean
  /** The suite of what is written, by its name in the specification. Default: the strongest that the policy permits. */
  suite?: SuiteName
  /** Whether messages must commit to their data key. Default: REQUIRE_ENCRYPT_REQUIRE_DECRYPT. */
  commitmentPolicy?: CommitmentPolicy
  /** Reuse data keys within these limits, to save calls to the KMS. Default: one data key for each message. */
  cache?: CacheLimits
  /**
   * Names of pairs of context that every message is bound to without storing them: the encrypting caller must give them, and
   * the decrypting caller must know them.
   */
  requiredContext?: readonly string[]
  /** Bytes of plaintext in the frames that are written. Default: 65536. */
  frameLength?: number
  /** What messages may ask of the reader. Default: DEFAULT_LIMITS. */
  limits?: Partial<Limits>
}

const ENVELOPE_SHAPE: Shape<EnvelopeOptions> = {
  keyring: aKeyring,
  signed: optional(aBoolean),
  suite: optional(aText),
  commitmentPolicy: optional(aText),
  cache: optional(shaped(CACHE_SHAPE)),
  requiredContext: optional(listOf(aText)),
  frameLength: optional(aCount),
  limits: optional(shaped<Partial<Limits>>(LIMITS_SHAPE)),
}

export interface EncryptOptions {
  /** Authenticated with the message, and readable by everyone unless it is required context. Default: no pairs. */
  context?: EncryptionContext
  /** For streams: at most so many bytes will come, which is held to. Without it a stream's data key is not cached. */
  plaintextBytes?: number
  signal?: AbortSignal
}

export const ENCRYPT_SHAPE: Shape<EncryptOptions> = {
  context: optional(aContext),
  plaintextBytes: optional(aCount),
  signal: optional(aSignal),
}

export interface DecryptOptions {
  /** The pairs that the message must have, among any others: checked before any key is asked for. Or ANY_CONTEXT. */
  expect: ExpectedContext
  signal?: AbortSignal
}

export const anExpectedContext: Check = either(
  'the pairs that a message must have, or ANY_CONTEXT',
  (value) => {
    if (value !== ANY_CONTEXT) throw new TypeError('not the waiver')
  },
  someTexts,
)

export const DECRYPT_SHAPE: Shape<DecryptOptions> = { expect: anExpectedContext, signal: optional(aSignal) }

export interface Decrypted {
  plaintext: Uint8Array<ArrayBuffer>
  header: MessageHeader
}

/** Envelope encryption with one keyring, over whatever cryptography the platform has. */
export class PortableEnvelope {
  /** The data keys that are held, where a cache was asked for. */
  readonly cache: DataKeyCache
  readonly #cryptography: Cryptography
  readonly #materials: MaterialsManager
  readonly #suite: Suite
  readonly #commitmentPolicy: CommitmentPolicy
  readonly #requiredContext: readonly string[]
  readonly #frameLength: number
  readonly #limits: Limits

  /** @throws EnvelopeError INVALID_ARGUMENT or SUITE_REFUSED for options that make no sense together. */
  constructor(cryptography: Cryptography, options: EnvelopeOptions) {
    requireOptions(options, 'Envelope', ENVELOPE_SHAPE)
    const { frameLength = DEFAULT_FRAME_LENGTH, commitmentPolicy = DEFAULT_COMMITMENT_POLICY } = options
    this.#limits = withDefaults(DEFAULT_LIMITS, options.limits)
    requireFrameLength(frameLength, this.#limits.maxFrameLength)
    requireStorable(options.requiredContext)
    this.#cryptography = cryptography
    this.#suite = suiteToWrite(commitmentPolicy, options.suite, options.signed)
    this.#commitmentPolicy = commitmentPolicy
    this.#requiredContext = [...(options.requiredContext ?? [])]
    this.#frameLength = frameLength
    const asking = new DefaultManager(cryptography, options.keyring, this.#limits.maxEncryptedDataKeys)
    const caching = options.cache && new CachingManager(asking, options.cache, TIMERS)
    this.#materials = caching ?? asking
    this.cache = caching ?? NO_CACHE
  }

  /** Encrypts bytes that fit into memory. */
  async encrypt(plaintext: Uint8Array, options: EncryptOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
    someBytes(plaintext, 'encrypt: the plaintext')
    requireOptions(options, 'encrypt', ENCRYPT_SHAPE)
    const encryptor = await this.startEncryptor({ ...options, plaintextBytes: plaintext.length })
    return encryptor.sealWhole(plaintext)
  }

  /**
   * Decrypts a message that fits into memory. Returns only what is authentic as a whole.
   *
   * @throws EnvelopeError for a message that is not to be trusted, and what the keyring throws.
   */
  async decrypt(message: Uint8Array, options: DecryptOptions): Promise<Decrypted> {
    someBytes(message, 'decrypt: the message')
    requireOptions(options, 'decrypt', DECRYPT_SHAPE)
    const decryptor = this.startDecryptor(options)
    const pieces = await decryptor.push(message)
    decryptor.finish()
    return { plaintext: joined(pieces), header: decryptor.header! }
  }

  /** Encrypts a stream in constant memory. */
  encryptStream(options: EncryptOptions = {}): TransformStream<Uint8Array, Uint8Array> {
    requireOptions(options, 'encryptStream', ENCRYPT_SHAPE)
    checkedContext(options.context ?? {}) // at once, not when the stream is read
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

  /** Encrypts text into base64: for a field of a record, or of a file of text. */
  async encryptText(text: string, options: EncryptOptions = {}): Promise<string> {
    aText(text, 'encryptText: the text')
    if (!text.isWellFormed()) throw new EnvelopeError('INVALID_ARGUMENT', 'The text holds half of a surrogate pair.')
    const plaintext = new TextEncoder().encode(text)
    try {
      return encodeBase64(await this.encrypt(plaintext, options))
    } finally {
      plaintext.fill(0)
    }
  }

  /** Decrypts what `encryptText` made. The text cannot be wiped, as a string never can. */
  async decryptText(message: string, options: DecryptOptions): Promise<string> {
    aText(message, 'decryptText: the message')
    const bytes = decodeBase64(message)
    if (bytes === undefined) throw new EnvelopeError('MALFORMED_MESSAGE', 'The message is not in canonical base64.')
    const { plaintext } = await this.decrypt(bytes, options)
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(plaintext)
    } catch (cause) {
      throw new EnvelopeError('NOT_TEXT', 'The message is authentic, but what it holds is not text.', { cause })
    } finally {
      plaintext.fill(0)
    }
  }

  /**
   * Decrypts a stream of an unsigned message in constant memory. Each piece is authentic; whether the message is complete
   * is known only when the stream closes without an error. A signed message is refused at its header.
   */
  decryptStream(options: DecryptOptions): TransformStream<Uint8Array, Uint8Array> {
    requireOptions(options, 'decryptStream', DECRYPT_SHAPE)
    return streamOf(this.startDecryptor({ ...options, onlyUnsigned: true }))
  }

  /**
   * Decrypts a stream of any message in constant memory, and so releases plaintext before a signature has been verified.
   * Until the stream has closed without an error the message may be cut off and, if it is signed, may be anyone's:
   * whatever was done with its plaintext must then be undone.
   */
  decryptStreamUnverified(options: DecryptOptions): TransformStream<Uint8Array, Uint8Array> {
    requireOptions(options, 'decryptStreamUnverified', DECRYPT_SHAPE)
    return streamOf(this.startDecryptor(options))
  }

  protected startEncryptor({ context = {}, ...options }: EncryptOptions): Promise<MessageEncryptor> {
    return MessageEncryptor.start({
      cryptography: this.#cryptography,
      materials: this.#materials,
      suite: this.#suite,
      frameLength: this.#frameLength,
      requiredContext: this.#requiredContext,
      context,
      ...options,
    })
  }

  protected startDecryptor(options: DecryptOptions & { onlyUnsigned?: boolean }): MessageDecryptor {
    return new MessageDecryptor({
      cryptography: this.#cryptography,
      materials: this.#materials,
      commitmentPolicy: this.#commitmentPolicy,
      requiredContext: this.#requiredContext,
      limits: this.#limits,
      ...options,
    })
  }
}

/** Copies nothing where there is one piece, which does not share its memory: but Node's is a Buffer. */
function joined(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const [first] = pieces
  if (first === undefined || pieces.length > 1) return concat(pieces)
  return new Uint8Array(first.buffer as ArrayBuffer, first.byteOffset, first.length)
}

function requireStorable(names: readonly string[] = []): void {
  for (const name of names) checkedContext({ [name]: '' })
}

function streamOf(decryptor: MessageDecryptor): TransformStream<Uint8Array, Uint8Array> {
  return new TransformStream<Uint8Array, Uint8Array>({
    transform: async (chunk, controller) => enqueueAll(controller, await decryptor.push(chunk)),
    flush: () => decryptor.finish(),
  })
}

function enqueueAll(controller: TransformStreamDefaultController<Uint8Array>, pieces: readonly Uint8Array[]): void {
  for (const piece of pieces) controller.enqueue(piece)
}
