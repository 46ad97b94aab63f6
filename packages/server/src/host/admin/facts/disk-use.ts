import { readdir, stat, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../../../platform/clock.ts'
import type { Logger } from '../../../platform/logger.ts'
import { dataPaths } from '../../../vault/storage/data-folder.ts'

/** How much a data folder takes, in bytes. */
export interface DiskUse {
  databaseBytes: number
  auditBytes: number
}

interface Sample {
  atMs: number
  bytes: number
}

interface Context {
  folder: string
  /** Real time. */
  clock: Clock
  logger: Logger
}

const MEASURE_EVERY_MS = 10 * 60_000
/** Growth is that of the last day. */
const SAMPLES = 144
/** Growth over less than this says little: the database grows in steps, and a busy hour is no measure of a day. */
const LEAST_OBSERVED_MS = 60 * 60_000
const DAY_MS = 86_400_000
/** The files of SQLite beside the database. */
const DATABASE_FILES = ['', '-wal', '-shm']
/** Files that are looked at together. */
const AT_ONCE = 64

/** Measures a data folder every ten minutes, and how many days the disk lasts when it grows on as it did. */
export class DiskWatch {
  readonly #context: Context
  #use: DiskUse | undefined
  #samples: Sample[] = []
  #measuring: Promise<void> | undefined

  constructor(context: Context) {
    this.#context = context
  }

  /** Measures now and again and again. Returns what ends that. */
  start(): () => Promise<void> {
    const measure = (): void => {
      this.#measuring ??= this.measure().finally(() => (this.#measuring = undefined))
    }
    measure()
    const cancel = this.#context.clock.every(MEASURE_EVERY_MS, measure)
    return async () => {
      cancel()
      await this.#measuring
    }
  }

  /** Measures once. A failure leaves the former measure as it is. */
  async measure(): Promise<void> {
    const { folder, clock, logger } = this.#context
    try {
      const use = await diskUse(folder)
      this.#use = use
      this.#samples.push({ atMs: clock.monotonic(), bytes: use.databaseBytes + use.auditBytes })
      this.#samples = this.#samples.slice(-SAMPLES)
    } catch (error) {
      logger.warn('the size of the data folder could not be determined', { error })
    }
  }

  /** The last measure; `undefined` before the first. */
  get use(): DiskUse | undefined {
    return this.#use
  }

  /** How many bytes of the folder's disk this process can still use. */
  async freeBytes(): Promise<number> {
    const { bavail, bsize } = await statfs(this.#context.folder)
    return bavail * bsize
  }

  /**
   * For how many days the free space lasts if database and audit log grow on as they did, by up to a day of observation.
   * `undefined` in the first hour, and where they do not grow.
   */
  async daysLeft(): Promise<number | undefined> {
    const [first, last] = [this.#samples[0], this.#samples.at(-1)]
    if (first === undefined || last === undefined || last.atMs - first.atMs < LEAST_OBSERVED_MS) return undefined
    const bytesPerDay = ((last.bytes - first.bytes) / (last.atMs - first.atMs)) * DAY_MS
    return bytesPerDay > 0 ? (await this.freeBytes()) / bytesPerDay : undefined
  }
}

/** What the database and the audit log of a data folder take now. */
async function diskUse(folder: string): Promise<DiskUse> {
  const { database, audit } = dataPaths(folder)
  const files = await readdir(audit, { recursive: true, withFileTypes: true })
  const segments = files.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  return {
    databaseBytes: await bytesOf(DATABASE_FILES.map((suffix) => `${database}${suffix}`)),
    auditBytes: await bytesOf(segments),
  }
}

/** Files can go meanwhile. */
async function bytesOf(files: readonly string[]): Promise<number> {
  let bytes = 0
  for (let first = 0; first < files.length; first += AT_ONCE) {
    const sizes = files
      .slice(first, first + AT_ONCE)
      .map(async (file) => (await stat(file).catch(() => undefined))?.size)
    for (const size of await Promise.all(sizes)) bytes += size ?? 0
  }
  return bytes
}
