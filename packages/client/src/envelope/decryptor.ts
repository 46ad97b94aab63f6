import { Accumulator } from '../message/accumulator.ts'
import { someBytes } from '../base/arguments.ts'
import { chain } from '../message/crypto.ts'
import type { AesGcm, Awaitable, Verifier } from '../message/crypto.ts'
import { EnvelopeError } from '../base/error.ts'
import { HeaderReader } from '../message/header-reader.ts'
import { frameToOpen, parseFrame } from '../message/body.ts'
import type { SealedFrame } from '../message/body.ts'
import { readUint16 } from '../base/bytes.ts'
import type { EncryptionContext } from '../message/context.ts'
import { FrameIvs } from '../message/frame-ivs.ts'
import type { MessageHeader } from '../message/header.ts'
import type { Limits } from '../message/limits.ts'
import { openHeader } from './open-header.ts'
import type { OpenOptions } from './open-header.ts'

export interface DecryptorOptions extends OpenOptions {
  limits: Limits
}

type Phase = 'header' | 'body' | 'footer' | 'end' | 'failed'

const FOOTER_LENGTH_BYTES = 2

/**
 * Reads one message, fed in chunks of any size. Calls must not overlap. What `push` returns is authentic frame by
 * frame, but the message as a whole is not until `finish` has returned: it may yet turn out to be cut off or, when it
 * is signed, not to be the signer's. After an error it refuses every further call.
 *
 * Memory: the header, one frame, and what the current call returns.
 */
export class MessageDecryptor {
  readonly #options: DecryptorOptions
  readonly #headerReader: HeaderReader
  readonly #partial = new Accumulator()
  readonly #frameIvs = new FrameIvs()
  #phase: Phase = 'header'
  #header: MessageHeader | undefined
  #context: EncryptionContext | undefined
  #cipher: AesGcm | undefined
  #verifier: Verifier | undefined
  #nextSequence = 1

  constructor(options: DecryptorOptions) {
    this.#options = options
    this.#headerReader = new HeaderReader(options.limits)
  }

  /** The message's header, once it is authentic. */
  get header(): MessageHeader | undefined {
    return this.#header
  }

  /** All that the message is authenticated with, the pairs that it does not store included; once its header is. */
  get context(): EncryptionContext | undefined {
    return this.#context
  }

  /** For callers that open the body themselves; once the header is authentic. */
  get cipher(): AesGcm | undefined {
    return this.#cipher
  }

  /**
   * Takes the next bytes of the message, returns plaintext. The chunk's buffer may be reused afterwards. If it is resized or
   * transferred meanwhile, as while the keyring opens the data key, the outcome is CONFLICT.
   */
  async push(chunk: Uint8Array): Promise<readonly Uint8Array[]> {
    this.#requireHealthy()
    try {
      someBytes(chunk, 'A chunk of the message')
      return await this.#pushUnchanged(chunk)
    } catch (error) {
      this.#phase = 'failed'
      throw error
    }
  }

  async #pushUnchanged(chunk: Uint8Array): Promise<readonly Uint8Array[]> {
    const { length } = chunk
    try {
      return await this.#pushAll(chunk)
    } finally {
      requireLength(chunk, length)
    }
  }

  async #pushAll(chunk: Uint8Array): Promise<readonly Uint8Array[]> {
    let rest = chunk
    let plaintext: readonly Uint8Array[] = []
    if (this.#phase === 'header') rest = await this.#pushHeader(rest)
    if (this.#phase === 'body') ({ plaintext, rest } = await this.#pushBody(rest))
    if (this.#phase === 'footer') rest = await this.#pushFooter(rest)
    if (this.#phase === 'end' && rest.length > 0) throw trailing()
    return plaintext
  }

  /** Says that no more bytes come. Only now is the message known to be whole. */
  finish(): void {
    this.#requireHealthy()
    const endedIn = this.#phase
    if (endedIn === 'end') return
    this.#phase = 'failed'
    throw truncated(endedIn === 'header' && !this.#headerReader.hasBegun ? 'it is empty' : `it ends in its ${endedIn}`)
  }

  #requireHealthy(): void {
    if (this.#phase === 'failed') throw new Error('This decryptor has failed before')
  }

  async #pushHeader(chunk: Uint8Array): Promise<Uint8Array> {
    const complete = this.#headerReader.push(chunk)
    if (complete === undefined) return chunk.subarray(chunk.length)
    const { cipher, context, verifier } = await openHeader(complete.read, this.#options)
    this.#header = complete.read.header
    this.#context = context
    this.#cipher = cipher
    this.#verifier = verifier
    this.#phase = 'body'
    return complete.rest
  }

  /** Opens the frames that are complete: first the one begun in an earlier chunk, then those within this one. */
  async #pushBody(chunk: Uint8Array): Promise<{ plaintext: readonly Uint8Array[]; rest: Uint8Array }> {
    const frames: SealedFrame[] = []
    let rest = this.#completePartial(chunk, frames)
    if (this.#phase === 'body') rest = this.#takeFrames(rest, frames)
    const plaintext = frames.length === 0 ? [] : await this.#open(frames)
    if (frames.length > 0) this.#partial.clear()
    if (this.#phase === 'body') rest = this.#partial.fillTo(this.#partial.length + rest.length, rest)
    return { plaintext, rest }
  }

  #completePartial(chunk: Uint8Array, frames: SealedFrame[]): Uint8Array {
    if (this.#partial.length === 0) return chunk
    let rest = chunk
    for (;;) {
      const parsed = this.#parse(this.#partial.bytes, 0)
      if ('frame' in parsed) {
        this.#accept(parsed.frame, this.#partial.bytes, frames)
        return rest
      }
      rest = this.#partial.fillTo(parsed.needs, rest)
      if (this.#partial.length < parsed.needs) return rest
    }
  }

  /** All complete frames of a chunk that begins with a frame; returns what follows them. */
  #takeFrames(chunk: Uint8Array, frames: SealedFrame[]): Uint8Array {
    let end = 0
    while (this.#phase === 'body') {
      const parsed = this.#parse(chunk, end)
      if ('needs' in parsed) break
      this.#accept(parsed.frame, chunk.subarray(end, parsed.end), frames)
      end = parsed.end
    }
    return chunk.subarray(end)
  }

  #parse(bytes: Uint8Array, offset: number): ReturnType<typeof parseFrame> {
    return parseFrame(bytes, offset, this.#header!, this.#nextSequence, this.#options.limits.maxFrameLength)
  }

  #accept(frame: SealedFrame, serialized: Uint8Array, frames: SealedFrame[]): void {
    this.#frameIvs.check(frame, this.#header!.suite)
    frames.push(frame)
    this.#verifier?.update(serialized)
    this.#nextSequence += 1
    if (frame.kind !== 'regular') this.#phase = this.#verifier === undefined ? 'end' : 'footer'
  }

  #open(frames: readonly SealedFrame[]): Awaitable<readonly Uint8Array[]> {
    const opened = this.#cipher!.open(frames.map((frame) => frameToOpen(this.#header!, frame)))
    return chain(opened, (plaintexts) => {
      if (plaintexts === undefined) throw notAuthentic('its body was changed')
      return plaintexts.filter((plaintext) => plaintext.length > 0)
    })
  }

  /** The footer: the length of the signature in two bytes, and the signature over all bytes before it. */
  async #pushFooter(chunk: Uint8Array): Promise<Uint8Array> {
    let rest = this.#partial.fillTo(FOOTER_LENGTH_BYTES, chunk)
    if (this.#partial.length < FOOTER_LENGTH_BYTES) return rest
    const footerBytes = FOOTER_LENGTH_BYTES + readUint16(this.#partial.bytes)
    rest = this.#partial.fillTo(footerBytes, rest)
    if (this.#partial.length < footerBytes) return rest
    const signature = this.#partial.bytes.subarray(FOOTER_LENGTH_BYTES)
    if (!(await this.#verifier!.verify(signature))) throw notAuthentic('its signature does not verify')
    this.#phase = 'end'
    return rest
  }
}

/** What was read of a buffer that shrank is not what was given, and views of it throw errors without a code. */
function requireLength(chunk: Uint8Array, length: number): void {
  if (chunk.length === length) return
  throw new EnvelopeError('CONFLICT', 'The message changed its length while it was being decrypted.')
}

function notAuthentic(why: string): EnvelopeError {
  return new EnvelopeError('NOT_AUTHENTIC', `The message is not authentic: ${why}.`)
}

function truncated(why: string): EnvelopeError {
  return new EnvelopeError('TRUNCATED', `The message is not complete: ${why}.`)
}

function trailing(): EnvelopeError {
  return new EnvelopeError('TRAILING_BYTES', 'Bytes follow the end of the message. Is it two messages joined together?')
}
