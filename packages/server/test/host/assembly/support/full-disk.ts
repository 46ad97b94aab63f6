import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { cp, mkdir, mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { diskFiles, type FileLayer } from '../../../../src/audit/file-layer.ts'

/** A disk for the audit log that is full whenever the test says so. */
export class FillableFiles {
  full = false
  #released: Promise<void> | undefined

  /** Makes every sync wait until the function that it returns is called. */
  hang(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#released = promise
    return resolve
  }

  readonly layer: FileLayer = {
    ...diskFiles,
    create: async (path) => {
      const file = await diskFiles.create(path)
      return {
        datasync: async () => {
          await this.#released
          return file.datasync()
        },
        close: () => file.close(),
        // As a real disk does: it takes what still fits before it says that it is full.
        write: async (bytes, position) => {
          if (!this.full) return file.write(bytes, position)
          await file.write(bytes.subarray(0, bytes.byteLength >> 1), position)
          throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
        },
      }
    },
  }
}

/** For the `skip` option of a test: why {@link SmallDisk} cannot be used, or `false`. */
export function noSmallDisk(): false | string {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'only root can mount a small disk, on Linux'
  const path = mkdtempSync(join(tmpdir(), 'keyhold-mount-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', path], { stdio: 'ignore' })
    execFileSync('umount', [path])
    return false
  } catch {
    return 'nothing can be mounted here'
  } finally {
    rmSync(path, { recursive: true })
  }
}

/** A real file system of a few mebibytes, as the folder `data` of a temporary one. */
export class SmallDisk implements AsyncDisposable {
  /** The folder that the disk is in. */
  readonly above: string
  readonly #path: string

  private constructor(above: string, path: string) {
    this.above = above
    this.#path = path
  }

  static async mount(mebibytes: number): Promise<SmallDisk> {
    const above = await mkdtemp(join(tmpdir(), 'keyhold-disk-'))
    await mkdir(join(above, 'data'))
    return SmallDisk.#mounted(above, join(above, 'data'), mebibytes)
  }

  /** In the place of a folder that exists, with what was in it. The folder is empty afterwards. */
  static async mountAt(path: string, mebibytes: number): Promise<SmallDisk> {
    const above = await mkdtemp(join(tmpdir(), 'keyhold-disk-'))
    await cp(path, join(above, 'content'), { recursive: true, preserveTimestamps: true })
    const disk = SmallDisk.#mounted(above, path, mebibytes)
    await cp(join(above, 'content'), path, { recursive: true, preserveTimestamps: true })
    return disk
  }

  static #mounted(above: string, path: string, mebibytes: number): SmallDisk {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m,mode=0700`, 'tmpfs', path])
    return new SmallDisk(above, path)
  }

  /** Leaves no block free. */
  async fill(): Promise<void> {
    const ballast = await open(join(this.#path, 'ballast'), 'w')
    const block = Buffer.alloc(4096, 1)
    try {
      for (;;) await ballast.write(block)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
    } finally {
      await ballast.close()
    }
  }

  async empty(): Promise<void> {
    await rm(join(this.#path, 'ballast'))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    execFileSync('umount', [this.#path])
    await rm(this.above, { recursive: true, force: true })
  }
}
