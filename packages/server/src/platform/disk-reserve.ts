import { open, rm, stat, statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Clock } from './clock.ts'
import { Condition } from './log/condition.ts'
import type { Logger } from './logger.ts'

/** The file and limits of a {@link DiskReserve}. */
export interface ReserveOptions {
  /** The path of the file that reserves the space. It is created and deleted here. */
  file: string
  /** Free space below this many bytes is scarce. */
  scarceBytes: number
  clock: Clock
  logger: Logger
}

const CHECK_MS = 1000
const BLOCK = Buffer.alloc(64 * 1024)

/**
 * Watches the free space of a disk, and reserves some of it with a file, so that some space is left to work with when
 * other programs have filled the disk. The file has a quarter of `scarceBytes`. It is deleted when less than its size
 * is free, and created again when twice `scarceBytes` is free.
 */
export class DiskReserve {
  readonly #options: ReserveOptions
  readonly #fileBytes: number
  readonly #stopTimer: () => void
  readonly #scarce: Condition
  #checking: Promise<void> | undefined

  private constructor(options: ReserveOptions) {
    this.#options = options
    this.#fileBytes = Math.floor(options.scarceBytes / 4)
    this.#scarce = new Condition(options.logger, {
      began: 'disk space is scarce: only administrative requests are answered, so free some',
      ended: 'disk space is no longer scarce: all requests are answered',
    })
    this.#stopTimer = options.clock.every(CHECK_MS, () => void this.#begin())
  }

  /** Checks the disk now and then once per second. Never rejects: if the free space is unknown, it is not scarce. */
  static async hold(options: ReserveOptions): Promise<DiskReserve> {
    const reserve = new DiskReserve(options)
    await reserve.#begin()
    return reserve
  }

  /** Whether the server should answer only requests that free space, or that help to decide what to free. */
  get isScarce(): boolean {
    return this.#scarce.holds
  }

  /** Stops the checks. The file stays. */
  async stop(): Promise<void> {
    this.#stopTimer()
    await this.#checking
  }

  #begin(): Promise<void> {
    this.#checking ??= this.#check()
      .catch((error: unknown) => this.#options.logger.warn('free disk space cannot be determined', { error }))
      .finally(() => (this.#checking = undefined))
    return this.#checking
  }

  async #check(): Promise<void> {
    const { file, scarceBytes } = this.#options
    const { bavail, bsize } = await statfs(dirname(file))
    const freeBytes = bavail * bsize
    // Once scarce, space stays scarce until clearly more is free. Otherwise it would change every other second.
    if (freeBytes < scarceBytes) this.#scarce.begin({ freeBytes, scarceBytes })
    else if (freeBytes >= 2 * scarceBytes) this.#scarce.end({ freeBytes, scarceBytes })
    if (freeBytes < this.#fileBytes) await rm(file, { force: true })
    else if (freeBytes >= 2 * scarceBytes) await this.#make()
  }

  async #make(): Promise<void> {
    const { file } = this.#options
    if ((await stat(file).catch(() => undefined))?.size === this.#fileBytes) return
    await rm(file, { force: true })
    await using handle = await open(file, 'wx', 0o600)
    // Writes zeros, because a sparse file reserves no space.
    for (let written = 0; written < this.#fileBytes;) {
      const { bytesWritten } = await handle.write(BLOCK, 0, Math.min(BLOCK.byteLength, this.#fileBytes - written))
      written += bytesWritten
    }
  }
}
