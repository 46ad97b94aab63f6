import { constants, existsSync } from 'node:fs'
import type { Dirent } from 'node:fs'
import { lstat, lutimes, mkdir, open, readdir, stat, utimes } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { FileError } from '../base/errors.ts'

/** Not all of them exist on Windows. */
const { O_RDONLY, O_DIRECTORY = 0, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants as Partial<typeof constants>

/** Where Linux shows a process what it has open. proc(5). */
export const OPEN_FILES = '/proc/self/fd'

/** The owner's alone, as what is in it may be plaintext. */
const PRIVATE = 0o700

/**
 * A folder that is held open, so that it stays the same one while others rename things and put links in their place.
 * On Linux every name in it is looked up from the open folder, as openat(2) does it. Elsewhere Node has no such way: there each
 * step is checked to be no link when it is taken.
 */
export class HeldFolder implements AsyncDisposable {
  readonly #path: string
  readonly #handle: FileHandle | undefined

  private constructor(path: string, handle: FileHandle | undefined) {
    this.#path = path
    this.#handle = handle
  }

  /** @throws FileError for a link, as for whatever else is no folder. The folders above it may be links. */
  static async open(path: string): Promise<HeldFolder> {
    if (!(await lstat(path)).isDirectory()) throw noFolder(path)
    if (process.platform !== 'linux') return new HeldFolder(path, undefined)
    if (!existsSync(OPEN_FILES))
      throw new FileError(`${OPEN_FILES} is missing: without it no folder is safe to go through.`)
    const handle = await open(path, O_RDONLY! | O_DIRECTORY | O_NOFOLLOW)
    return new HeldFolder(`${OPEN_FILES}/${handle.fd}`, handle)
  }

  /** A path to what has this name in the folder, good for as long as the folder is held. */
  at(name: string): string {
    return `${this.#path}/${name}`
  }

  child(name: string): Promise<HeldFolder> {
    return HeldFolder.open(this.at(name))
  }

  /** The folder of this name, which is made unless it exists. */
  async make(name: string): Promise<HeldFolder> {
    await mkdir(this.at(name), PRIVATE).catch(ignoreExisting)
    return this.child(name)
  }

  /** A folder below this one, each on the way opened by its parent. It is the caller's, also where it is this one. */
  async descend(names: readonly string[], { make = false } = {}): Promise<HeldFolder> {
    let folder = await this.child('.')
    for (const name of names) {
      await using parent = folder
      folder = await (make ? parent.make(name) : parent.child(name))
    }
    return folder
  }

  /** A file in it, for reading. What is no regular file is refused without waiting for it. */
  async openFile(name: string): Promise<FileHandle> {
    const file = await open(this.at(name), O_RDONLY! | O_NOFOLLOW | O_NONBLOCK)
    if ((await file.stat()).isFile()) return file
    await file.close()
    throw new FileError('It is no regular file any more.')
  }

  /** Its own times. */
  async times(): Promise<Times> {
    return timesOf(await stat(this.at('.')))
  }

  async setTimes({ accessed, modified }: Times): Promise<void> {
    await utimes(this.at('.'), accessed, modified)
  }

  /** Sets the times of what has this name in it; of a link its own. */
  async setTimesOf(name: string, { accessed, modified }: Times): Promise<void> {
    await lutimes(this.at(name), accessed, modified)
  }

  /** Whether anything has this path below it. */
  async has(names: readonly string[]): Promise<boolean> {
    return (await lstat(this.at(names.join('/'))).catch(() => undefined)) !== undefined
  }

  /** How many bytes a file in it has; 0 for one that is gone. */
  async sizeOf(name: string): Promise<number> {
    const found = await lstat(this.at(name)).catch(() => undefined)
    return found?.size ?? 0
  }

  /** What is in it, in the order of the names' bytes. */
  async entries(): Promise<Dirent<Buffer>[]> {
    const entries = await readdir(this.#path, { withFileTypes: true, encoding: 'buffer' })
    return entries.toSorted((one, other) => Buffer.compare(one.name, other.name))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle?.close()
  }
}

/** In seconds, with as much of a second as a double has room for: about a microsecond. */
export interface Times {
  accessed: number
  modified: number
}

export function timesOf({ atimeMs, mtimeMs }: { atimeMs: number; mtimeMs: number }): Times {
  return { accessed: atimeMs / 1000, modified: mtimeMs / 1000 }
}

function noFolder(path: string): FileError {
  return new FileError(`${JSON.stringify(path)} is a symbolic link, or no folder. Links are not followed.`)
}

function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error
}
