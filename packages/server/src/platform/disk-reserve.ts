import { open, rm, stat, statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Clock } from './clock.ts'
import type { Logger } from './logger.ts'

export interface ReserveOptions {
  /** A file of this name holds space; made here and deleted here. */
  file: string
  /** Space is scarce while less is free, in bytes. */
  scarceBytes: number
  clock: Clock
  logger: Logger
}

const CHECK_MS = 1000
const BLOCK = Buffer.alloc(64 * 1024)

/**
 * Watches the free space of a disk, and holds some of it in a file, so that when others have filled the disk there is
 * some left to work with. The file has a quarter of what counts as scarce. It is deleted when less than its size is free,
 * and made again when twice what is scarce is free.
 */
export class DiskReserve {
  readonly #options: ReserveOptions
  readonly #fileBytes: number
  readonly #stopTimer: () => void
  #scarce = false
  #checking: Promise<void> | undefined

  private constructor(options: ReserveOptions) {
    this.#options = options
    this.#fileBytes = Math.floor(options.scarceBytes / 4)
    this.#stopTimer = options.clock.every(CHECK_MS, () => void this.#begin())
  }

  /** Looks at the disk, and then once a second. Never rejects: a disk that cannot be looked at is not scarce. */
  static async hold(options: ReserveOptions): Promise<DiskReserve> {
    const reserve = new DiskReserve(options)
    await reserve.#begin()
    return reserve
  }

  /** Whether only what makes room, or takes part in deciding about it, should be answered. */
  get isScarce(): boolean {
    return this.#scarce
  }

  /** Stops looking; the file stays. */
  async stop(): Promise<void> {
    this.#stopTimer()
    await this.#checking
  }

  #begin(): Promise<void> {
    this.#checking ??= this.#check()
      .catch((error: unknown) => this.#options.logger.warn('free disk space unknown', { error }))
      .finally(() => (this.#checking = undefined))
    return this.#checking
  }

  async #check(): Promise<void> {
    const { file, scarceBytes, logger } = this.#options
    const { bavail, bsize } = await statfs(dirname(file))
    const freeBytes = bavail * bsize
    const wasScarce = this.#scarce
    // Once scarce, it stays so until there is clearly more, or it would be so every other second.
    this.#scarce = freeBytes < (wasScarce ? 2 * scarceBytes : scarceBytes)
    if (this.#scarce !== wasScarce) {
      const message = this.#scarce
        ? 'disk space is scarce: only administration is answered'
        : 'disk space is free again'
      logger.error(message, { freeBytes, scarceBytes })
    }
    if (freeBytes < this.#fileBytes) await rm(file, { force: true })
    else if (freeBytes >= 2 * scarceBytes) await this.#make()
  }

  async #make(): Promise<void> {
    const { file } = this.#options
    if ((await stat(file).catch(() => undefined))?.size === this.#fileBytes) return
    await rm(file, { force: true })
    await using handle = await open(file, 'wx', 0o600)
    // Zeros that are written, as a file with a hole holds no space.
    for (let written = 0; written < this.#fileBytes;) {
      const { bytesWritten } = await handle.write(BLOCK, 0, Math.min(BLOCK.byteLength, this.#fileBytes - written))
      written += bytesWritten
    }
  }
}
