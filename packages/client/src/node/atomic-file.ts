import { link, lstat, open, realpath, rename, unlink } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { EnvelopeError } from '../base/error.ts'
import { FileLock } from './file-lock.ts'
import type { NotKept } from './file-metadata.ts'
import { FileWriter } from './file-writer.ts'
import { besides, native, pathOf } from './path.ts'
import { newTag } from './process-tag.ts'
import { syncFolder } from './remove-file.ts'
import { replaceUnchanged } from './replaced.ts'
import type { Replaced } from './replaced.ts'
import type { Target } from './target.ts'
import { forgetTemporary, openTemporary, removeTemporary } from './temporary-files.ts'

export interface AtomicFileOptions {
  /** Whether a link that exists is followed, so that what it points to is replaced and not the link. Default: true. */
  followLink?: boolean
  /** Whether a file that exists stays as it is, and the new one fails with EEXIST. Default: false. */
  mustBeNew?: boolean
  /** Whether long runs of zeros become holes. Default: false. */
  sparse?: boolean
  /**
   * The file at the path as it was when it was read, if the new one is made of it: then that does not replace it if it was
   * changed meanwhile. Goes with `lock`.
   */
  replaces?: Replaced
  /** Of the path, if the caller holds it. Otherwise it is taken for the moment in which a file that exists is replaced. */
  lock?: FileLock
  /** Told what could not be taken over from the file that was replaced. */
  onNotKept?: (what: readonly NotKept[]) => void
  signal?: AbortSignal
}

/**
 * Where a file that is written to this path will be: where the link leads, if it is one and is followed.
 *
 * @throws EnvelopeError INVALID_ARGUMENT for a link that leads nowhere: it would become a file.
 */
export async function finalPath(path: string, followLink = true): Promise<string> {
  const absolute = resolve(path)
  if (!followLink) return absolute
  const followed = await realpath(native(path), { encoding: 'buffer' }).catch(() => undefined)
  if (followed !== undefined) return pathOf(followed)
  const isLink = await lstat(native(path)).then(
    (found) => found.isSymbolicLink(),
    () => false,
  )
  if (!isLink) return absolute
  const name = JSON.stringify(path)
  throw new EnvelopeError('INVALID_ARGUMENT', `${name} is a symbolic link that leads to no file. It is not replaced.`)
}

/**
 * A file that appears under its name only once it is complete and on disk. Until then it is a hidden file beside it,
 * with a name that cannot be guessed, opened so that it cannot be a link that someone else put there.
 */
export class AtomicFile implements Target {
  readonly #path: string
  readonly #temporary: string
  readonly #handle: FileHandle
  readonly #writer: FileWriter
  readonly #options: AtomicFileOptions

  private constructor(path: string, temporary: string, handle: FileHandle, options: AtomicFileOptions) {
    this.#path = path
    this.#temporary = temporary
    this.#handle = handle
    this.#options = options
    this.#writer = new FileWriter(handle, { sync: true, sparse: this.isSparse })
  }

  static async create(path: string, options: AtomicFileOptions = {}): Promise<AtomicFile> {
    const target = await finalPath(path, options.followLink)
    const temporary = besides(target, newTag(), 'tmp')
    const handle = await openTemporary(temporary, 'wx').catch((error: NodeJS.ErrnoException) => {
      throw Object.assign(error, { path }) // callers know their file, and not the one beside it
    })
    return new AtomicFile(target, temporary, handle, options)
  }

  write(pieces: readonly Uint8Array[]): Promise<void> {
    return this.#writer.write(pieces)
  }

  /** For threads that write at places of their own. They say by `wrote` how much. */
  get fd(): number {
    return this.#handle.fd
  }

  get isSparse(): boolean {
    return this.#options.sparse === true
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
      await this.#takePlace()
      forgetTemporary(this.#temporary)
    } catch (error) {
      await this.discard()
      throw error
    }
    await syncFolder(dirname(this.#path))
  }

  async #takePlace(): Promise<void> {
    const { mustBeNew, replaces, onNotKept } = this.#options
    await using _lock = await this.#locked()
    if (replaces !== undefined) {
      const notKept = await replaceUnchanged(this.#temporary, this.#path, this.#handle, replaces)
      if (notKept.length > 0) onNotKept?.(notKept)
      return
    }
    await this.#handle.close()
    if (mustBeNew === true) await appear(this.#temporary, this.#path)
    else await rename(native(this.#temporary), native(this.#path))
  }

  /** What does not exist yet replaces nothing. */
  async #locked(): Promise<FileLock | undefined> {
    const { lock, mustBeNew, signal } = this.#options
    if (lock !== undefined || mustBeNew === true) return undefined
    const exists = await lstat(native(this.#path)).then(Boolean, () => false)
    return exists ? FileLock.acquire(this.#path, { ...(signal && { signal }) }) : undefined
  }

  async discard(): Promise<void> {
    await this.#writer.settle()
    await this.#handle.close().catch(() => undefined)
    await removeTemporary(this.#temporary)
  }
}

/** Where there are no hard links, an empty file holds the name until the whole one takes its place. */
async function appear(temporary: string, path: string): Promise<void> {
  try {
    await link(native(temporary), native(path))
    await unlink(native(temporary))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw error
    await (await open(native(path), 'wx')).close()
    await rename(native(temporary), native(path))
  }
}
