import { open, stat } from 'node:fs/promises'
import { PortableEnvelope } from '../envelope.ts'
import type { DecryptOptions, EncryptOptions, EnvelopeOptions } from '../envelope.ts'
import type { MessageHeader } from '../message/header.ts'
import { AtomicFile } from './atomic-file.ts'
import { nodeCryptography } from './cryptography.ts'
import type { Sink } from './file-writer.ts'
import { readBatches } from './read-batches.ts'
import { Spool } from './spool.ts'
import { released } from './target.ts'
import type { Target } from './target.ts'

/** A path, or the bytes themselves. A chunk's buffer may be reused once the next one is asked for. */
export type FileSource = string | AsyncIterable<Uint8Array>
/** A path, or something to write to. */
export type FileTarget = string | Sink

interface FileOptions {
  /** Told how many more bytes of the source have been dealt with. */
  onProgress?: (bytes: number) => void
}

export interface EncryptFileOptions extends EncryptOptions, FileOptions {}

export interface DecryptFileOptions extends DecryptOptions, FileOptions {
  /**
   * For a sink: let plaintext go before the message is known to be whole and, if it is signed, the signer's. What is
   * released of a message that then fails must be undone. A path never holds unverified plaintext.
   */
  releaseUnverified?: boolean
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
    return withSource(source, async (chunks) => {
      const encryptor = await this.startEncryptor({ ...options, ...(await this.#announce(source, options)) })
      return filling(await openTarget(target), async (output) => {
        await output.write([encryptor.headerBytes])
        for await (const chunk of chunks) {
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
    return withSource(source, async (chunks) => {
      const decryptor = this.startDecryptor(options)
      const output = new LazyTarget(() => openPlaintextTarget(target, decryptor.header!, options))
      return filling(output, async () => {
        for await (const chunk of chunks) {
          options.signal?.throwIfAborted()
          const plaintext = await decryptor.push(chunk)
          if (decryptor.header !== undefined) await output.write(plaintext)
          options.onProgress?.(chunk.length)
        }
        await decryptor.finish()
        options.signal?.throwIfAborted()
        return decryptor.header!
      })
    })
  }

  /** A cache must know how much is coming; a file that grows meanwhile is then refused rather than cut off. */
  async #announce(source: FileSource, { plaintextBytes }: EncryptFileOptions): Promise<{ plaintextBytes?: number }> {
    if (plaintextBytes !== undefined || typeof source !== 'string' || !this.#isCaching) return {}
    const status = await stat(source)
    return status.isFile() ? { plaintextBytes: status.size } : {}
  }
}

async function withSource<T>(source: FileSource, use: (chunks: AsyncIterable<Uint8Array>) => Promise<T>): Promise<T> {
  if (typeof source !== 'string') return use(source)
  const handle = await open(source, 'r')
  try {
    return await use(readBatches(handle))
  } finally {
    await handle.close()
  }
}

/** Commits the target if `fill` succeeds, and discards it if not. */
async function filling<T>(target: Target, fill: (target: Target) => Promise<T>): Promise<T> {
  let result: T
  try {
    result = await fill(target)
  } catch (error) {
    await target.discard()
    throw error
  }
  await target.commit()
  return result
}

async function openTarget(target: FileTarget): Promise<Target> {
  return typeof target === 'string' ? AtomicFile.create(target) : released(target)
}

async function openPlaintextTarget(
  target: FileTarget,
  { suite }: MessageHeader,
  { releaseUnverified = false }: DecryptFileOptions,
): Promise<Target> {
  const holdsBack = typeof target !== 'string' && suite.signature !== undefined && !releaseUnverified
  return holdsBack ? new Spool(target) : openTarget(target)
}

/** A target that is opened by its first write: before that it is not known what is needed, or whether anything is. */
class LazyTarget implements Target {
  readonly #open: () => Promise<Target>
  #target: Target | undefined

  constructor(open: () => Promise<Target>) {
    this.#open = open
  }

  async write(pieces: readonly Uint8Array[]): Promise<void> {
    this.#target ??= await this.#open()
    await this.#target.write(pieces)
  }

  async commit(): Promise<void> {
    await this.#target?.commit()
  }

  async discard(): Promise<void> {
    await this.#target?.discard()
  }
}
