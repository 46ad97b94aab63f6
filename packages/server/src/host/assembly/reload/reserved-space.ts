import { DiskReserve } from '../../../platform/disk-reserve.ts'
import { dataPaths } from '../../../vault/storage/data-folder.ts'
import type { Engine } from '../open.ts'
import type { Reloadable, ReloadOptions } from './reload.ts'

const MEBIBYTE = 1024 * 1024

type Disk = Pick<Engine, 'folder' | 'clock' | 'logger'>

/** The disk space that is kept for administration. How much it is can change while a server runs. */
export class ReservedSpace implements Reloadable {
  readonly what = 'reserved disk space'
  readonly #disk: Disk
  #mebibytes = 0
  #reserve: DiskReserve | undefined

  /** Nothing is looked at, and nothing is kept, before the first {@link reload}. */
  constructor(disk: Disk) {
    this.#disk = disk
  }

  get isScarce(): boolean {
    return this.#reserve?.isScarce === true
  }

  async reload({ reserveMebibytes = 0 }: ReloadOptions): Promise<'unchanged' | 'applied'> {
    if (reserveMebibytes === this.#mebibytes) return 'unchanged'
    // While the new one looks at the disk, the last finding of the old one counts.
    await this.#reserve?.stop()
    this.#reserve = reserveMebibytes === 0 ? undefined : await this.#held(reserveMebibytes)
    this.#mebibytes = reserveMebibytes
    return 'applied'
  }

  /** Stops the checks. The file stays. */
  async stop(): Promise<void> {
    await this.#reserve?.stop()
  }

  #held(mebibytes: number): Promise<DiskReserve> {
    const { folder, clock, logger } = this.#disk
    return DiskReserve.hold({ file: dataPaths(folder).reserve, scarceBytes: mebibytes * MEBIBYTE, clock, logger })
  }
}
