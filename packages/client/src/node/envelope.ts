import { stat } from 'node:fs/promises'
import {
  aBoolean,
  aFunction,
  aSignal,
  either,
  optional,
  requireOptions,
  someTexts,
  withMethods,
} from '../base/arguments.ts'
import type { Shape } from '../base/arguments.ts'
import { anExpectedContext, DECRYPT_SHAPE, ENCRYPT_SHAPE, PortableEnvelope } from '../envelope/envelope.ts'
import type { DecryptOptions, EncryptOptions, EnvelopeOptions } from '../envelope/envelope.ts'
import type { MessageEncryptor } from '../envelope/encryptor.ts'
import { withoutReserved } from '../message/context.ts'
import type { EncryptionContext, ExpectedContext } from '../message/context.ts'
import type { MessageHeader } from '../message/header.ts'
import { AtomicFile } from './atomic-file.ts'
import type { AtomicFileOptions } from './atomic-file.ts'
import { requireEnds } from './checks.ts'
import { nodeCryptography } from './cryptography.ts'
import type { NotKept } from './file-metadata.ts'
import type { Sink } from './file-writer.ts'
import { lockInPlace, placeOf } from './in-place.ts'
import type { Place } from './in-place.ts'
import { native } from './path.ts'
import { watch } from './replaced.ts'
import { isBytes, withSource } from './source.ts'
import type { FileSource } from './source.ts'
import { Spool } from './spool.ts'
import { openInThreads, sealInThreads } from './parallel/files.ts'
import { filling, LazyTarget, released } from './target.ts'
import type { Target } from './target.ts'

/** A path, or something to write to. */
export type FileTarget = string | Sink

interface FileOptions {
  /** Told how many more bytes of the source have been dealt with. */
  onProgress?: (bytes: number) => void
  /**
   * Whether a symbolic link at the target's path is followed, so that what it points to is replaced. Otherwise the link
   * itself is, as someone else may have put it there. Default: true.
   */
  followLink?: boolean
  /** Whether a file at the target's path stays as it is; then the new one fails with EEXIST. Default: false. */
  mustBeNew?: boolean
  /**
   * Whether the target's path names the source, so that a file of that name which is not the source, or is not any more, fails
   * with CONFLICT and is not replaced. Default: whether it does when the work begins.
   */
  inPlace?: boolean
}

const FILE_SHAPE: Shape<FileOptions> = {
  onProgress: optional(aFunction),
  followLink: optional(aBoolean),
  mustBeNew: optional(aBoolean),
  inPlace: optional(aBoolean),
}

export interface EncryptFileOptions extends EncryptOptions, FileOptions {}

export interface DecryptFileOptions extends DecryptOptions, FileOptions {
  /**
   * For a sink: let plaintext go before the message is known to be whole and, if it is signed, the signer's. What is
   * released of a message that then fails must be undone. A path never holds unverified plaintext.
   */
  releaseUnverified?: boolean
  /** For a path: whether runs of zeros of 64 KiB and more become holes, which take no room. Default: false. */
  sparse?: boolean
}

export interface RewrapOptions extends FileOptions {
  /** Reads the old message. Default: this envelope. */
  from?: Envelope
  /** The pairs that the old message must have. Or ANY_CONTEXT. */
  expect: ExpectedContext
  /**
   * The new message's context, or what makes it of the old one's. Default: that of the old one, with the pairs that it
   * was bound to and did not store.
   */
  context?: EncryptionContext | ((old: EncryptionContext) => EncryptionContext)
  /** Told what the new file could not take over from the one that it replaced. */
  onNotKept?: (what: readonly NotKept[]) => void
  signal?: AbortSignal
}

const ENCRYPT_FILE_SHAPE: Shape<EncryptFileOptions> = { ...ENCRYPT_SHAPE, ...FILE_SHAPE }

const DECRYPT_FILE_SHAPE: Shape<DecryptFileOptions> = {
  ...DECRYPT_SHAPE,
  ...FILE_SHAPE,
  releaseUnverified: optional(aBoolean),
  sparse: optional(aBoolean),
}

const REWRAP_SHAPE: Shape<RewrapOptions> = {
  ...FILE_SHAPE,
  onNotKept: optional(aFunction),
  from: optional(withMethods('an Envelope', 'startDecryptor')),
  expect: anExpectedContext,
  context: optional(either('an object of strings, or a function that makes one', aFunction, someTexts)),
  signal: optional(aSignal),
}

/** Envelope encryption on Node, with files of any size. */
export class Envelope extends PortableEnvelope {
  readonly #isCaching: boolean

  constructor(options: EnvelopeOptions) {
    super(nodeCryptography, options)
    this.#isCaching = options.cache !== undefined
  }

  /**
   * Encrypts a file in constant memory. A target path appears, or is replaced, only when the message is complete and on
   * disk, with mode 0600. A file that is changed while it is read is refused (CONFLICT), as is one that grows: give what may
   * grow as bytes. Source and target may be one file, which is replaced as by {@link Envelope.rewrapFile}, but for the mode.
   */
  async encryptFile(source: FileSource, target: FileTarget, options: EncryptFileOptions = {}): Promise<MessageHeader> {
    requireEnds('encryptFile', source, target)
    requireOptions(options, 'encryptFile', ENCRYPT_FILE_SHAPE)
    await using lock = await lockInPlace(source, target, options)
    return await withSource(source, options.signal, async ({ chunks, file }) => {
      const place = lock && (await placeOf(file, lock, false))
      const content = place?.replaces.content
      const encryptor = await this.startEncryptor({ ...options, ...(await this.#announce(source, options)) })
      return filling(await openTarget(target, options, place), async (output) => {
        const requireUnchanged = await watch(file)
        await output.write([encryptor.headerBytes])
        if (await sealInThreads(file, output, encryptor, { ...options, content })) {
          await requireUnchanged()
          return encryptor.header
        }
        for await (const chunk of chunks()) {
          options.signal?.throwIfAborted()
          content?.update(chunk)
          await output.write(await encryptor.update(chunk))
          options.onProgress?.(chunk.length)
        }
        await requireUnchanged()
        await output.write(await encryptor.finish())
        options.signal?.throwIfAborted()
        return encryptor.header
      })
    })
  }

  /**
   * Decrypts a file in constant memory. A target path appears, or is replaced, only when the message has turned out to
   * be authentic as a whole. A sink gets the plaintext of a signed message only then, too, unless `releaseUnverified`
   * is set; an unsigned message's goes to it as its frames are opened, each of which is authentic. Source and target may be
   * one file, which is replaced as by {@link Envelope.rewrapFile}, but for the mode: that is 0600.
   */
  async decryptFile(source: FileSource, target: FileTarget, options: DecryptFileOptions): Promise<MessageHeader> {
    requireEnds('decryptFile', source, target)
    requireOptions(options, 'decryptFile', DECRYPT_FILE_SHAPE)
    await using lock = await lockInPlace(source, target, options)
    return await withSource(source, options.signal, async ({ chunks, file }) => {
      const place = lock && (await placeOf(file, lock, false))
      const content = place?.replaces.content
      const decryptor = this.startDecryptor(options)
      const output = new LazyTarget(() => openPlaintextTarget(target, decryptor.header!, options, place))
      return filling(output, async () => {
        const { isDone, end } = await openInThreads(file, output, decryptor, { ...options, content })
        if (isDone) return decryptor.header!
        for await (const chunk of chunks(end)) {
          options.signal?.throwIfAborted()
          content?.update(chunk)
          const plaintext = await decryptor.push(chunk)
          if (decryptor.header !== undefined) await output.write(plaintext)
          options.onProgress?.(chunk.length)
        }
        decryptor.finish()
        options.signal?.throwIfAborted()
        return decryptor.header!
      })
    })
  }

  /**
   * Re-encrypts an old message with this envelope's keys and options, under a fresh data key and message id, in
   * constant memory. Source and target may be one file, which is replaced only when the new message is on disk. The new file
   * takes over its owner and permissions. Until then its lock is held, and it is left as it is (CONFLICT) if a program that
   * does not know the lock has changed it: see {@link replaceUnchanged}. The end of the new message is written once the old one has turned out to be authentic as a whole: what was written before is no message.
   *
   * A header can not be re-tagged instead: its tag uses the message's key at IV 0, and a second header under the same
   * key would give away what authenticates the whole message.
   */
  async rewrapFile(source: FileSource, target: FileTarget, options: RewrapOptions): Promise<MessageHeader> {
    requireEnds('rewrapFile', source, target)
    requireOptions(options, 'rewrapFile', REWRAP_SHAPE)
    const { from = this, expect, signal } = options
    await using lock = await lockInPlace(source, target, options)
    // Awaited here, as the lock is let go when this function returns.
    return await withSource(source, signal, async ({ chunks, file }) => {
      const place = lock && (await placeOf(file, lock, true))
      const decryptor = from.startDecryptor({ expect, ...(signal && { signal }) })
      const output = new LazyTarget(() => openTarget(target, options, place))
      return filling(output, async () => {
        let encryptor: MessageEncryptor | undefined
        for await (const chunk of chunks()) {
          signal?.throwIfAborted()
          place?.replaces.content.update(chunk)
          const plaintext = await decryptor.push(chunk)
          if (decryptor.context !== undefined) encryptor ??= await this.#startAnew(decryptor.context, options, output)
          for (const piece of plaintext) await output.write(await encryptor!.update(piece))
          options.onProgress?.(chunk.length)
        }
        decryptor.finish()
        await output.write(await encryptor!.finish())
        signal?.throwIfAborted()
        return encryptor!.header
      })
    })
  }

  async #startAnew(old: EncryptionContext, options: RewrapOptions, output: Target): Promise<MessageEncryptor> {
    const { context: chosen = (given: EncryptionContext) => given, signal } = options
    const context = typeof chosen === 'function' ? chosen(withoutReserved(old)) : chosen
    const encryptor = await this.startEncryptor({ context, ...(signal && { signal }) })
    await output.write([encryptor.headerBytes])
    return encryptor
  }

  /** A cache must know how much is coming; a file that grows meanwhile is then refused rather than cut off. */
  async #announce(source: FileSource, { plaintextBytes }: EncryptFileOptions): Promise<{ plaintextBytes?: number }> {
    if (plaintextBytes !== undefined || isBytes(source) || !this.#isCaching) return {}
    const status = await (typeof source === 'string' ? stat(native(source)) : source.stat())
    return status.isFile() ? { plaintextBytes: status.size } : {}
  }
}

/** @param place of the source, where the target replaces that. */
async function openTarget(target: FileTarget, options: AtomicFileOptions, place: Place | undefined): Promise<Target> {
  if (place !== undefined) return AtomicFile.create(place.path, { ...options, ...place })
  return typeof target === 'string' ? AtomicFile.create(target, options) : released(target)
}

async function openPlaintextTarget(
  target: FileTarget,
  { suite }: MessageHeader,
  options: DecryptFileOptions,
  place: Place | undefined,
): Promise<Target> {
  const holdsBack = typeof target !== 'string' && suite.signature !== undefined && options.releaseUnverified !== true
  return holdsBack ? new Spool(target) : openTarget(target, options, place)
}
