import type { BigIntStats } from 'node:fs'
import { lstat, realpath, rename } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { resolve } from 'node:path'
import { EnvelopeError } from '../error.ts'
import { FileWriter } from './file-writer.ts'
import { besides, folderOf } from './path.ts'
import type { Path } from './path.ts'
import { newTag } from './process-tag.ts'
import { syncFolder } from './remove-file.ts'
import { forgetTemporary, openTemporary, removeTemporary } from './temporary-files.ts'
import type { Target } from './target.ts'

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

/**
 * A file that appears under its name only once it is complete and on disk. Until then it is a hidden file beside it,
 * with a name that cannot be guessed, opened so that it cannot be a link that someone else put there.
 */
export class AtomicFile implements Target {
  readonly #path: string
  readonly #temporary: Path
  readonly #handle: FileHandle
  readonly #writer: FileWriter
  readonly #replaces: BigIntStats | undefined

  private constructor(path: string, temporary: Path, handle: FileHandle, replaces: BigIntStats | undefined) {
    this.#path = path
    this.#temporary = temporary
    this.#handle = handle
    this.#replaces = replaces
    this.#writer = new FileWriter(handle, { sync: true })
  }

  static async create(path: string, { followLink = true, replaces }: AtomicFileOptions = {}): Promise<AtomicFile> {
    const target = followLink ? await realpath(path).catch(() => resolve(path)) : resolve(path)
    const temporary = besides(target, newTag(), 'tmp')
    const handle = await openTemporary(temporary, 'wx')
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
      forgetTemporary(this.#temporary)
    } catch (error) {
      await this.discard()
      throw error
    }
    await syncFolder(folderOf(this.#path))
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
    await removeTemporary(this.#temporary)
  }
}
