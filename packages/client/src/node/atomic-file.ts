import { randomBytes } from 'node:crypto'
import type { BigIntStats } from 'node:fs'
import { lstat, open, realpath, rename, unlink } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { EnvelopeError } from '../error.ts'
import { FileWriter } from './file-writer.ts'
import type { Target } from './target.ts'

/** Readable by the owner alone, as its content may be plaintext. Windows inherits the folder's permissions instead. */
const PRIVATE = 0o600

const PERMISSIONS = 0o777n

export interface AtomicFileOptions {
  /** Whether a link that exists is followed, so that what it points to is replaced and not the link. Default: true. */
  followLink?: boolean
  /**
   * The file at the path as it was when it was read, if the new one is made of it: then that leaves its permissions to the
   * new one, and is not replaced if somebody has changed it meanwhile.
   */
  replaces?: BigIntStats
}

/** Room in a name's 255 bytes for what is added to it. */
const MAX_STEM_LENGTH = 200

/**
 * A file that appears under its name only once it is complete and on disk. Until then it is a hidden file beside it,
 * with a name that cannot be guessed, opened so that it cannot be a link that someone else put there.
 */
export class AtomicFile implements Target {
  readonly #path: string
  readonly #temporary: string
  readonly #handle: FileHandle
  readonly #writer: FileWriter
  readonly #replaces: BigIntStats | undefined

  private constructor(path: string, temporary: string, handle: FileHandle, replaces: BigIntStats | undefined) {
    this.#path = path
    this.#temporary = temporary
    this.#handle = handle
    this.#replaces = replaces
    this.#writer = new FileWriter(handle, { sync: true })
  }

  static async create(path: string, { followLink = true, replaces }: AtomicFileOptions = {}): Promise<AtomicFile> {
    const target = followLink ? await realpath(path).catch(() => path) : path
    const stem = basename(target).slice(0, MAX_STEM_LENGTH)
    const temporary = join(dirname(target), `.${stem}.${randomBytes(8).toString('hex')}.tmp`)
    const handle = await open(temporary, 'wx', PRIVATE)
    // Where its permissions are not to be had, the file stays the owner's alone.
    if (replaces !== undefined) await handle.chmod(Number(replaces.mode & PERMISSIONS)).catch(() => undefined)
    return new AtomicFile(target, temporary, handle, replaces)
  }

  write(pieces: readonly Uint8Array[]): Promise<void> {
    return this.#writer.write(pieces)
  }

  /** For threads that write at places of their own. They say by `wrote` how much. */
  get fd(): number {
    return this.#handle.fd
  }

  wrote(bytes: number): void {
    this.#writer.wrote(bytes)
  }

  /** Forgets what was written at places; what `write` was given must not have been any of it. */
  async clear(): Promise<void> {
    await this.#handle.truncate(0)
  }

  async commit(): Promise<void> {
    try {
      await this.#writer.sync()
      await this.#requireUnchanged()
      await this.#handle.close()
      await rename(this.#temporary, this.#path)
    } catch (error) {
      await this.discard()
      throw error
    }
    await syncFolder(dirname(this.#path))
  }

  async #requireUnchanged(): Promise<void> {
    if (this.#replaces === undefined) return
    const { dev, ino, size, mtimeNs } = this.#replaces
    const now = await lstat(this.#path, { bigint: true }).catch(() => undefined)
    if (now?.dev === dev && now.ino === ino && now.size === size && now.mtimeNs === mtimeNs) return
    throw new EnvelopeError('CONFLICT', 'The file was changed while the one that was to replace it was being written.')
  }

  async discard(): Promise<void> {
    await this.#writer.settle()
    await this.#handle.close().catch(() => undefined)
    await removeFile(this.#temporary)
  }
}

/** Removes a file that is worth nothing. Never throws. */
export async function removeFile(path: string): Promise<void> {
  await unlink(path).catch(() => undefined)
}

/** Makes the new name durable. Not every system lets a folder be opened, and then there is nothing more to do. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r').catch(() => undefined)
  await folder?.sync().catch(() => undefined)
  await folder?.close()
}
