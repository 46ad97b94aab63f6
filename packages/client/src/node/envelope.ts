import type { BigIntStats } from 'node:fs'
import { lstat, open, stat } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { PortableEnvelope } from '../envelope.ts'
import type { DecryptOptions, EncryptOptions, EnvelopeOptions } from '../envelope.ts'
import type { MessageEncryptor } from '../encryptor.ts'
import { withoutReserved } from '../message/context.ts'
import type { EncryptionContext, ExpectedContext } from '../message/context.ts'
import type { MessageHeader } from '../message/header.ts'
import { AtomicFile } from './atomic-file.ts'
import type { AtomicFileOptions } from './atomic-file.ts'
import { nodeCryptography } from './cryptography.ts'
import type { Sink } from './file-writer.ts'
import { readBatches } from './read-batches.ts'
import { Spool } from './spool.ts'
import { openInThreads, sealInThreads } from './parallel/files.ts'
import { filling, LazyTarget, released } from './target.ts'
import type { Target } from './target.ts'

/**
 * A path; a regular file that is open, which is read from its beginning and stays open; or the bytes themselves, of
 * which a chunk's buffer may be reused once the next one is asked for.
 */
export type FileSource = string | FileHandle | AsyncIterable<Uint8Array>
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
}

export interface EncryptFileOptions extends EncryptOptions, FileOptions {}

export interface DecryptFileOptions extends DecryptOptions, FileOptions {
  /**
   * For a sink: let plaintext go before the message is known to be whole and, if it is signed, the signer's. What is
   * released of a message that then fails must be undone. A path never holds unverified plaintext.
   */
  releaseUnverified?: boolean
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
  signal?: AbortSignal
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
   * disk, with mode 0600.
   */
  async encryptFile(source: FileSource, target: FileTarget, options: EncryptFileOptions = {}): Promise<MessageHeader> {
    return withSource(source, async ({ chunks, file }) => {
      const encryptor = await this.startEncryptor({ ...options, ...(await this.#announce(source, options)) })
      return filling(await openTarget(target, options), async (output) => {
        await output.write([encryptor.headerBytes])
        if (await sealInThreads(file, output, encryptor, options)) return encryptor.header
        for await (const chunk of chunks()) {
          options.signal?.throwIfAborted()
          await output.write(await encryptor.update(chunk))
          options.onProgress?.(chunk.length)
        }
        await output.write(await encryptor.finish())
        options.signal?.throwIfAborted()
        return encryptor.header
      })
    })
  }

  /**
   * Decrypts a file in constant memory. A target path appears, or is replaced, only when the message has turned out to
   * be authentic as a whole. A sink gets the plaintext of a signed message only then, too, unless `releaseUnverified`
   * is set; an unsigned message's goes to it as its frames are opened, each of which is authentic.
   */
  async decryptFile(source: FileSource, target: FileTarget, options: DecryptFileOptions): Promise<MessageHeader> {
    return withSource(source, async ({ chunks, file }) => {
      const decryptor = this.startDecryptor(options)
      const output = new LazyTarget(() => openPlaintextTarget(target, decryptor.header!, options))
      return filling(output, async () => {
        const { isDone, end } = await openInThreads(file, output, decryptor, options)
        if (isDone) return decryptor.header!
        for await (const chunk of chunks(end)) {
          options.signal?.throwIfAborted()
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
   * Encrypts an old message anew, with this envelope's keys and options, under a fresh data key and message id, in
   * constant memory. Source and target may be one file, which is replaced only when the new message is on disk, keeps its
   * permissions, and is left as it is (CONFLICT) if somebody has changed it meanwhile. The end of the new message is written
   * once the old one has turned out to be authentic as a whole: what was written before is no message.
   *
   * A header can not be re-tagged instead: its tag uses the message's key at IV 0, and a second header under the same
   * key would give away what authenticates the whole message.
   */
  async rewrapFile(source: FileSource, target: FileTarget, options: RewrapOptions): Promise<MessageHeader> {
    const { from = this, expect, signal } = options
    return withSource(source, async ({ chunks, file }) => {
      const replaces = await fileInPlace(file, target, options)
      const decryptor = from.startDecryptor({ expect, ...(signal && { signal }) })
      const output = new LazyTarget(() => openTarget(target, { ...options, ...(replaces && { replaces }) }))
      return filling(output, async () => {
        let encryptor: MessageEncryptor | undefined
        for await (const chunk of chunks()) {
          signal?.throwIfAborted()
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
    const status = await (typeof source === 'string' ? stat(source) : source.stat())
    return status.isFile() ? { plaintextBytes: status.size } : {}
  }
}

interface OpenSource {
  /** From where the source stands; from a place in it only where it is a file. */
  chunks(start?: number): AsyncIterable<Uint8Array>
  file: FileHandle | undefined
}

function isBytes(source: FileSource): source is AsyncIterable<Uint8Array> {
  return typeof source !== 'string' && Symbol.asyncIterator in source
}

async function withSource<T>(source: FileSource, use: (source: OpenSource) => Promise<T>): Promise<T> {
  if (isBytes(source)) return use({ chunks: () => source, file: undefined })
  if (typeof source !== 'string') return use({ chunks: (start = 0) => readBatches(source, start), file: source })
  const file = await open(source, 'r')
  try {
    return await use({ chunks: (start) => readBatches(file, start), file })
  } finally {
    await file.close()
  }
}

/** The file that was opened, if that is what stands at the target's path. */
async function fileInPlace(
  file: FileHandle | undefined,
  target: FileTarget,
  { followLink = true }: FileOptions,
): Promise<BigIntStats | undefined> {
  if (file === undefined || typeof target !== 'string') return undefined
  const standing = await (followLink ? stat : lstat)(target, { bigint: true }).catch(() => undefined)
  const opened = await file.stat({ bigint: true })
  return standing?.dev === opened.dev && standing.ino === opened.ino && opened.isFile() ? opened : undefined
}

async function openTarget(target: FileTarget, options: AtomicFileOptions): Promise<Target> {
  return typeof target === 'string' ? AtomicFile.create(target, options) : released(target)
}

async function openPlaintextTarget(
  target: FileTarget,
  { suite }: MessageHeader,
  options: DecryptFileOptions,
): Promise<Target> {
  const holdsBack = typeof target !== 'string' && suite.signature !== undefined && options.releaseUnverified !== true
  return holdsBack ? new Spool(target) : openTarget(target, options)
}
